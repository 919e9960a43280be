//! A report's every figure by its name. The structures are taken apart in full, so that a figure
//! added to one of them is compared too, or this does not compile.

use std::collections::BTreeMap;
use std::fmt::Display;

use domain::figures::{
    Area, Calls, Day, DeskFigures, Durations, Figures, Group, Held, Logs, MonthMoney, Report, Share,
};
use domain::interval::Estimate;
use domain::score::Score;
use domain::sentiment::Sentiment;
use domain::spend::Spend;

#[derive(Default)]
struct Flat(BTreeMap<String, String>);

impl Flat {
    fn count(&mut self, name: impl Display, n: u64) {
        if n > 0 {
            self.0.insert(name.to_string(), n.to_string());
        }
    }

    fn put(&mut self, name: impl Display, value: impl Display) {
        self.0.insert(name.to_string(), value.to_string());
    }

    fn durations(&mut self, name: &str, durations: &Durations) {
        if let Some(median) = durations.median() {
            self.put(format!("{name}.n"), durations.n());
            self.put(format!("{name}.median"), median.as_secs());
        }
    }

    fn scores(&mut self, name: &str, scores: &BTreeMap<Score, u64>) {
        for (score, n) in scores {
            self.count(format!("{name}.{}", score.get()), *n);
        }
    }

    fn sentiments(&mut self, name: &str, sentiments: &BTreeMap<Sentiment, u64>) {
        for (sentiment, n) in sentiments {
            self.count(format!("{name}.{}", sentiment.as_str()), *n);
        }
    }
}

/// Every figure by its name.
pub(crate) fn flat(report: &Report) -> BTreeMap<String, String> {
    let Report { period: _, made_at: _, campaigns, total, logs, desks, money, experiments: _ } =
        report;
    let mut flat = Flat::default();
    figures(&mut flat, "total", total);
    for (campaign, of) in campaigns {
        figures(&mut flat, &format!("campaign.{campaign}"), of);
    }
    let Logs { logs, closed, calls: all, holds, areas, opened_to_closed } = logs;
    flat.count("logs.logs", *logs);
    flat.count("logs.closed", *closed);
    flat.durations("logs.opened_to_closed", opened_to_closed);
    if all.all > 0 {
        calls(&mut flat, "logs.calls", all);
    }
    for (rule, Held { calls, alone, first }) in holds {
        for (name, n) in [("calls", calls), ("alone", alone), ("first", first)] {
            flat.count(format!("logs.hold.{rule}.{name}"), *n);
        }
    }
    for (area, Area { calls: of, rules }) in areas {
        calls(&mut flat, &format!("logs.area.{area}.calls"), of);
        for (rule, n) in rules {
            flat.count(format!("logs.area.{area}.rule.{rule}"), *n);
        }
    }
    for (desk, of) in desks {
        let name = format!("desk.{desk}");
        flat.put(format!("{name}.kept"), share(of.kept()));
        let DeskFigures {
            tasks,
            taken,
            in_time,
            late,
            closed,
            reminded,
            rings,
            results,
            to_desk,
            to_taken,
        } = of;
        for (what, n) in [
            ("tasks", tasks),
            ("taken", taken),
            ("in_time", in_time),
            ("late", late),
            ("closed", closed),
            ("reminded", reminded),
            ("rings", rings),
            ("results", results),
        ] {
            flat.count(format!("{name}.{what}"), *n);
        }
        flat.durations(&format!("{name}.to_desk"), to_desk);
        flat.durations(&format!("{name}.to_taken"), to_taken);
    }
    for (campaign, months) in money {
        for (month, MonthMoney { spend, cap, forecast }) in months {
            let name = format!("money.{campaign}.{month}");
            let Spend {
                texts,
                parts,
                reserved,
                billed_texts,
                billed,
                billed_reserved,
                parts_before: _,
            } = spend;
            for (what, n) in [
                ("texts", *texts),
                ("parts", *parts),
                ("reserved", reserved.millipence()),
                ("billed_texts", *billed_texts),
                ("billed", billed.millipence()),
                ("billed_reserved", billed_reserved.millipence()),
            ] {
                flat.count(format!("{name}.{what}"), n);
            }
            for (what, amount) in [("cap", cap), ("forecast", forecast)] {
                if let Some(amount) = amount {
                    flat.put(format!("{name}.{what}"), amount.millipence());
                }
            }
        }
    }
    flat.0
}

fn figures(flat: &mut Flat, name: &str, of: &Figures) {
    flat.count(format!("{name}.texted"), of.texted());
    flat.put(format!("{name}.response"), share(of.response()));
    flat.put(format!("{name}.satisfied"), share(of.satisfied()));
    flat.put(format!("{name}.mean_score"), mean(of.mean_score()));
    flat.put(format!("{name}.confident"), share(of.confident()));
    flat.put(format!("{name}.mean_confidence"), mean(of.mean_confidence()));
    flat.put(format!("{name}.pleased"), share(of.attitude(Sentiment::Positive)));
    for (what, cost) in
        [("cost_per_answer", of.cost_per_answer()), ("cost_per_satisfied", of.cost_per_satisfied())]
    {
        if let Some(cost) = cost {
            flat.put(format!("{name}.{what}"), cost.millipence());
        }
    }
    let Figures {
        states,
        days,
        scores,
        confidence,
        call_again,
        classes,
        sentiments,
        answered,
        answered_delivered,
        acted_on,
        replies,
        follow_ups,
        results_told,
        segments,
        cost,
        outcomes,
        areas,
        hours,
        delays,
        weeks,
        closed_to_texted,
        texted_to_delivered,
        texted_to_reply,
    } = of;
    for (what, n) in [
        ("answered", *answered),
        ("answered_delivered", *answered_delivered),
        ("acted_on", *acted_on),
        ("replies", *replies),
        ("follow_ups", *follow_ups),
        ("results_told", *results_told),
        ("segments", *segments),
        ("cost", cost.millipence()),
        ("call_again.of", call_again.of),
        ("call_again.part", call_again.part),
    ] {
        flat.count(format!("{name}.{what}"), n);
    }
    for (state, n) in states {
        flat.count(format!("{name}.state.{}", state.name()), *n);
    }
    for (class, n) in classes {
        flat.count(format!("{name}.class.{}", class.as_str()), *n);
    }
    for (day, Day { planned, texted, answered }) in days {
        for (what, n) in [("planned", planned), ("texted", texted), ("answered", answered)] {
            flat.count(format!("{name}.day.{day}.{what}"), *n);
        }
    }
    flat.scores(&format!("{name}.score"), scores);
    flat.scores(&format!("{name}.confidence"), confidence);
    flat.sentiments(&format!("{name}.sentiment"), sentiments);
    for (outcome, of) in outcomes {
        group(flat, &format!("{name}.outcome.{outcome}"), of);
    }
    for (area, of) in areas {
        group(flat, &format!("{name}.area.{area}"), of);
    }
    for (hour, of) in hours {
        group(flat, &format!("{name}.hour.{hour}"), of);
    }
    for (delay, of) in delays {
        group(flat, &format!("{name}.delay.{}", delay.name()), of);
    }
    for (monday, of) in weeks {
        group(flat, &format!("{name}.week.{monday}"), of);
    }
    flat.durations(&format!("{name}.closed_to_texted"), closed_to_texted);
    flat.durations(&format!("{name}.texted_to_delivered"), texted_to_delivered);
    flat.durations(&format!("{name}.texted_to_reply"), texted_to_reply);
}

fn group(flat: &mut Flat, name: &str, of: &Group) {
    flat.put(format!("{name}.response"), share(of.response()));
    flat.put(format!("{name}.satisfied"), share(of.satisfied()));
    flat.put(format!("{name}.mean_score"), mean(of.mean_score()));
    let Group { texted, delivered, answered, scores, sentiments } = of;
    for (what, n) in [("texted", texted), ("delivered", delivered), ("answered", answered)] {
        flat.count(format!("{name}.{what}"), *n);
    }
    flat.scores(&format!("{name}.score"), scores);
    flat.sentiments(&format!("{name}.sentiment"), sentiments);
}

fn calls(flat: &mut Flat, name: &str, of: &Calls) {
    flat.put(format!("{name}.excluded"), share(of.excluded()));
    let Calls {
        all,
        closed,
        never,
        held,
        eligible,
        again,
        control,
        waiting,
        not_sent,
        texted,
        delivered,
        replied,
        acted_on,
    } = of;
    assert_eq!(*closed, never + held + eligible, "{name}");
    assert_eq!(*eligible, again + control + waiting + not_sent + texted, "{name}");
    for (what, n) in [
        ("all", all),
        ("closed", closed),
        ("never", never),
        ("held", held),
        ("eligible", eligible),
        ("again", again),
        ("control", control),
        ("waiting", waiting),
        ("not_sent", not_sent),
        ("texted", texted),
        ("delivered", delivered),
        ("replied", replied),
        ("acted_on", acted_on),
    ] {
        flat.count(format!("{name}.{what}"), *n);
    }
}

fn share(share: Share) -> String {
    let Some(Estimate { value, low, high }) = share.estimate() else { return "none".to_owned() };
    let few = if share.is_few() { " few" } else { "" };
    format!("{}/{} {value:.5} {low:.5} {high:.5}{few}", share.part, share.of)
}

fn mean(mean: Option<Estimate>) -> String {
    let Some(Estimate { value, low, high }) = mean else { return "none".to_owned() };
    assert!(low < value && value < high || value == 1.0 || value == 5.0, "{low} {value} {high}");
    format!("{value:.5}")
}
