//! What the roles of the template may do, against what the functions' code does and the pages promise.
//!
//! The local AWS does not look at conditions on keys, so no deployed test would miss a key that a role
//! lacks, or notice one that it has for nothing: here the two are compared.

use super::*;

/// What a call of the table asks of DynamoDB, by the name of the method: actions and partitions.
/// Read off `shared/adapters/src/table/`, and of the ports' own methods off `shared/domain/src/ports.rs`.
const ASKS: &[(&str, &[(&str, &str)])] = &[
    ("act", &[("GetItem", "TASK#*"), ("PutItem", "TASK#*")]),
    ("advance", &[("GetItem", "PERSON#*"), ("PutItem", "PERSON#*")]),
    ("advance_follow_up", &[("GetItem", "PERSON#*"), ("PutItem", "PERSON#*")]),
    ("agenda", &[("Query", INDEX)]),
    ("answer", &[("GetItem", "PERSON#*"), ("PutItem", "PERSON#*")]),
    ("bill", &[("GetItem", "PERSON#*"), ("PutItem", "PERSON#*"), ("UpdateItem", "BUDGET#*")]),
    ("call", &[("GetItem", "CALL#*")]),
    ("campaign", &[("GetItem", "CAMPAIGN#*")]),
    ("campaigns", &[("Query", "CATALOGUE"), ("GetItem", "CAMPAIGN#*")]),
    ("claim", &[("PutItem", "PERSON#*"), ("UpdateItem", "BUDGET#*")]),
    ("claim_follow_up", &[("PutItem", "PERSON#*"), ("UpdateItem", "BUDGET#*")]),
    ("contact", &[("GetItem", "PERSON#*")]),
    ("contacts", &[("BatchGetItem", "PERSON#*")]),
    ("first_said", &[("PutItem", "SAID#*")]),
    ("follow_up", &[("GetItem", "PERSON#*")]),
    ("follow_ups_due", &[("Query", INDEX)]),
    ("follow_ups_within", &[("Query", INDEX), ("GetItem", "PERSON#*")]),
    ("forget_number", &[("DeleteItem", "NUMBER#*")]),
    ("in_force", &[("Query", "CATALOGUE"), ("GetItem", "PRICES"), ("Query", "PAUSED")]),
    ("incident", &[("Query", "LOG#*")]),
    ("keep_call", &[("PutItem", "CALL#*")]),
    ("keep_duplicate", &[("UpdateItem", "LOG#*")]),
    ("keep_link", &[("PutItem", "LOG#*"), ("PutItem", "PERSON#*"), ("UpdateItem", "LOG#*")]),
    ("keep_log", &[("PutItem", "LOG#*")]),
    ("keep_number", &[("PutItem", "NUMBER#*")]),
    ("log", &[("Query", "LOG#*")]),
    ("logs", &[("BatchGetItem", "LOG#*")]),
    ("logs_opened", &[("Query", INDEX), ("BatchGetItem", "LOG#*")]),
    ("may_be_of", &[("Query", INDEX)]),
    ("note", &[("UpdateItem", "CALL#*")]),
    ("note_deed", &[("GetItem", "AUDIT"), ("PutItem", "AUDIT")]),
    ("number", &[("GetItem", "NUMBER#*")]),
    ("open_task", &[("PutItem", "TASK#*")]),
    ("opt_in", &[("UpdateItem", "PERSON#*")]),
    ("opt_out", &[("UpdateItem", "PERSON#*")]),
    ("partner", &[("GetItem", "CATALOGUE"), ("GetItem", "PARTNER#*")]),
    ("pause", &[("PutItem", "PAUSED")]),
    ("person", &[("Query", "PERSON#*")]),
    ("plan", &[("PutItem", "PERSON#*")]),
    ("plan_follow_up", &[("PutItem", "PERSON#*")]),
    ("planned_within", &[("Query", INDEX), ("BatchGetItem", "PERSON#*")]),
    ("plans", &[("Query", "CATALOGUE"), ("GetItem", "EXPERIMENT#*")]),
    ("profile", &[("GetItem", "CATALOGUE"), ("GetItem", "PROFILE#*")]),
    ("reply", &[("GetItem", "CALL#*")]),
    ("score", &[("GetItem", "PERSON#*"), ("PutItem", "PERSON#*")]),
    ("sender", &[("GetItem", "CALL#*")]),
    ("sweep", &[("PutItem", "SWEEP#*")]),
    ("swept", &[("GetItem", "SWEEP#*")]),
    ("task", &[("GetItem", "TASK#*")]),
    ("tasks", &[("Query", INDEX)]),
    ("tasks_since", &[("Query", INDEX), ("BatchGetItem", "TASK#*")]),
    ("told", &[("UpdateItem", "PAUSED")]),
];

/// The index holds keys only, never a number.
const INDEX: &str = "the index";

/// What is asked of the table for a function: the file exchange looks its partner up to send, and a file
/// is named in the audit where it is laid down.
const BESIDES: [(&str, &str); 3] =
    [("send", "partner"), ("ingest", "note_deed"), ("report", "note_deed")];

/// What a role has and its function never asks for. A contact and its budget move in one transaction,
/// and AWS does not say whether it judges a transaction's keys one by one or all of them for each write.
const SPARE: [(&str, &str, &str); 3] = [
    ("reconcile", "PutItem", "BUDGET#*"),
    ("reconcile", "UpdateItem", "PERSON#*"),
    ("send", "PutItem", "BUDGET#*"),
];

/// What gives an item's contents back.
const READING: [&str; 3] = ["GetItem", "BatchGetItem", "Query"];

/// What texts are sent with.
const SENDING_KEYS: [&str; 2] = ["notify/api-key", "twilio/credentials"];

#[test]
fn each_function_has_a_role_of_its_own() {
    let mut seen = BTreeSet::new();
    for name in folders() {
        let role = function(&name).text("Role").to_owned();
        assert_eq!(referred(&role), format!("{}Role", capital(&name)), "{name}");
        assert!(seen.insert(role), "{name} shares its role");
    }
    let roles = TEMPLATE.values().filter(|resource| resource.kind == "AWS::IAM::Role");
    let others = roles.filter(|role| !seen.contains(&format!("!GetAtt {}.Arn", role.name)));
    let others: Vec<_> = others.map(|role| role.name.as_str()).collect();
    assert_eq!(others, ["ScheduleRole"], "a role that no function has");
}

#[test]
fn a_role_may_ask_of_the_table_what_its_function_asks_and_no_more() {
    for name in folders() {
        let mut asks = BTreeSet::new();
        for method in calls_of_the_table(&name) {
            let known = ASKS.iter().find(|(known, _)| *known == method);
            let (_, what) = known.unwrap_or_else(|| panic!("{name}: ASKS has no {method}"));
            asks.extend(what.iter().map(|(action, key)| ((*action).to_owned(), (*key).to_owned())));
        }
        let may = may_of_the_table(&name);
        let lacks: Vec<_> = asks.difference(&may).collect();
        assert!(lacks.is_empty(), "{name} would be refused {lacks:?}");
        let spare: BTreeSet<_> = may.difference(&asks).cloned().collect();
        let known = SPARE.iter().filter(|(who, ..)| *who == name);
        let known = known.map(|(_, action, key)| ((*action).to_owned(), (*key).to_owned()));
        assert_eq!(spare, known.collect(), "{name} never asks for what is on the left");
    }
}

#[test]
fn nobody_but_send_and_reconcile_reads_a_number_and_nobody_lists_them() {
    let mut readers = BTreeSet::new();
    for name in folders() {
        for (action, key) in may_of_the_table(&name) {
            assert!(action != "Scan" && !key.starts_with('*'), "{name} may {action} {key}");
            if key.starts_with("NUMBER#") && READING.contains(&action.as_str()) {
                assert_eq!(action, "GetItem", "{name} may list numbers");
                readers.insert(name.clone());
            }
        }
        // A write hands back what it replaced, if it is asked to.
        let reads = readers.contains(&name);
        for statement in statements(&format!("{}Role", capital(&name))) {
            let keys = statement.list("dynamodb:LeadingKeys");
            let held = keys.iter().any(|key| key.starts_with("NUMBER#") || key == "CALL#*");
            let writes =
                statement.actions().iter().any(|action| !READING.contains(&action.as_str()));
            if held && writes && !reads {
                assert_eq!(statement.list("dynamodb:ReturnValues"), ["NONE"], "{}", statement.sid);
            }
        }
    }
    assert_eq!(readers, set(["reconcile", "send"]));
}

#[test]
fn the_suppliers_door_can_put_a_call_in_the_table_and_nothing_else() {
    let put = [("PutItem".to_owned(), "CALL#*".to_owned())];
    assert_eq!(may_of_the_table("webhook"), BTreeSet::from(put));
}

#[test]
fn numbers_are_sealed_by_who_keeps_them_and_opened_by_who_needs_them() {
    let may = |action: &str| -> BTreeSet<String> {
        let has = |name: &String| {
            statements(&format!("{}Role", capital(name))).iter().any(|statement| {
                statement.lines.contains("kms:EncryptionContext:numbers-of: !Ref Table")
                    && statement.list("Action").contains(&format!("kms:{action}"))
            })
        };
        folders().into_iter().filter(has).collect()
    };
    assert_eq!(may("GenerateDataKey"), set(["ingest", "reconcile", "send", "webhook"]));
    assert_eq!(may("Decrypt"), set(["alarm", "reconcile", "send"]));
    let given = |name: &String| function(name).environment().contains("NUMBER_KEY_ARN");
    let given: BTreeSet<_> = folders().into_iter().filter(given).collect();
    assert_eq!(given, set(["alarm", "ingest", "reconcile", "send", "webhook"]));
}

/// The attributes that a role may see of a reply, where it names them.
fn seen_of_a_reply(role: &str) -> BTreeSet<String> {
    let mut replies = statements(role).into_iter().filter(|statement| {
        statement.actions().contains(&"GetItem".to_owned())
            && statement.list("dynamodb:LeadingKeys").contains(&"CALL#*".to_owned())
    });
    let replies = (replies.next().unwrap(), replies.next());
    assert!(replies.1.is_none(), "{role}");
    assert_eq!(replies.0.list("dynamodb:Select"), ["SPECIFIC_ATTRIBUTES"]);
    replies.0.list("dynamodb:Attributes").into_iter().collect()
}

#[test]
fn send_is_given_who_sent_a_reply_and_no_word_of_it() {
    let numbers = read("shared/adapters/src/table/numbers.rs");
    let asked = after_each(numbers, ".projection_expression(\"").next().unwrap();
    let asked = asked.split('"').next().unwrap().replace("#number", "sender");
    let asked: BTreeSet<String> = asked.split(", ").map(str::to_owned).collect();
    assert_eq!(seen_of_a_reply("SendRole"), asked);
}

#[test]
fn feedback_is_given_a_reply_without_its_sender() {
    let table = read("shared/adapters/src/table/mod.rs");
    let (_, call) = table.split_once("impl Inbox for Table").unwrap();
    let asked = after_each(call, ".projection_expression(\"").next().unwrap();
    let mut asked: BTreeSet<String> =
        asked.split('"').next().unwrap().split(", ").map(|name| name.replace('#', "")).collect();
    assert!(!asked.contains("sender"));
    asked.extend(["pk".to_owned(), "sk".to_owned()]);
    assert_eq!(seen_of_a_reply("FeedbackRole"), asked);
}

#[test]
fn only_who_texts_may_read_what_texts_are_sent_with() {
    for name in folders() {
        let parameters: String = statements(&format!("{}Role", capital(&name)))
            .iter()
            .filter(|statement| statement.lines.contains("parameter/"))
            .map(|statement| statement.lines.clone())
            .collect();
        assert!(!parameters.contains("parameter/aftercall/${Stage}/*"), "{name}");
        let reads = SENDING_KEYS.iter().any(|key| parameters.contains(key));
        assert_eq!(reads, ["send", "reconcile"].contains(&name.as_str()), "{name}");
    }
}

#[test]
fn a_secret_is_decrypted_by_whoever_may_read_it_and_as_that_secret_only() {
    for name in folders() {
        let statements = statements(&format!("{}Role", capital(&name)));
        let of = |action: &str, key: &str| -> BTreeSet<String> {
            let named = statements.iter().filter(|s| s.list("Action") == [action]);
            let named = named.filter(|s| s.lines.contains("parameter/"));
            named.flat_map(|statement| statement.list(key)).collect()
        };
        let read = of("ssm:GetParameter", "Resource");
        let decrypted = of("kms:Decrypt", "kms:EncryptionContext:PARAMETER_ARN");
        assert_eq!(read, decrypted, "{name}");
        assert_eq!(read.iter().filter(|parameter| parameter.contains('*')).count(), 0, "{name}");
    }
}

#[test]
fn a_star_has_its_reason_beside_it() {
    for (n, line) in read("infra/template.yaml").lines().enumerate() {
        let star = line.trim_start().trim_start_matches("- ").starts_with("Resource: '*'");
        assert!(!star || line.contains("'*' # "), "infra/template.yaml:{}: why every one?", n + 1);
    }
    for role in TEMPLATE.values().filter(|resource| resource.kind == "AWS::IAM::Role") {
        for statement in statements(&role.name) {
            for resource in statement.list("Resource") {
                assert_ne!(resource, "*", "{}: {}", role.name, statement.sid);
            }
            // The account's other keys are in reach of SSM's only through one named parameter.
            if statement.lines.contains(":key/*") {
                let named = !statement.list("kms:EncryptionContext:PARAMETER_ARN").is_empty();
                let through = statement.lines.contains("kms:ViaService: !Sub ssm.");
                assert!(named && through, "{}: {}", role.name, statement.sid);
            }
            for action in statement.list("Action") {
                assert!(!action.ends_with(":*") && action != "*", "{}: {action}", role.name);
            }
        }
    }
}

#[test]
fn the_public_sees_three_routes_and_each_is_throttled() {
    let of = |kind: &str| -> Vec<&Resource> {
        TEMPLATE.values().filter(|resource| resource.kind == kind).collect()
    };
    let routes: BTreeSet<_> =
        of("AWS::ApiGatewayV2::Route").iter().map(|route| route.text("RouteKey")).collect();
    let alarms = ["GET /alerts/{supplier}/{message}", "POST /alerts/{supplier}/{message}"];
    assert_eq!(routes, BTreeSet::from([alarms[0], alarms[1], "POST /callbacks/{supplier}/{kind}"]));
    let stages = of("AWS::ApiGatewayV2::Stage");
    assert_eq!(stages.len(), 1);
    for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
        assert!((1..=200).contains(&stages[0].seconds(limit)), "{limit}");
    }
    for route in alarms {
        assert!(stages[0].lines.contains(&format!("'{route}': {{ ThrottlingRateLimit: 10,")));
    }
    let urls = TEMPLATE.values().filter(|resource| resource.lines.contains("FunctionUrl"));
    assert_eq!(urls.count(), 0, "a function's own address is outside the throttle");
    for permission in of("AWS::Lambda::Permission") {
        for bound in ["SourceAccount", "SourceArn"] {
            assert!(permission.value(bound).is_some(), "{} has no {bound}", permission.name);
        }
    }
}

#[test]
fn the_page_says_who_may_read_what_as_the_roles_do() {
    let page = block(read("docs/data.md"), "## Who may read what");
    for name in folders() {
        let row = format!("| `{name}` |");
        let row = page.lines().find(|line| line.starts_with(&row));
        let cells: Vec<_> = row.unwrap_or_else(|| panic!("no row {name}")).split('|').collect();
        let may = may_of_the_table(&name);
        let kinds =
            ["LOG#", "PERSON#", "NUMBER#", "CALL#", "SAID#", "TASK#", "BUDGET#", "SWEEP#", "AUDIT"];
        for kind in kinds {
            let has = |reading: bool| {
                may.iter().any(|(action, key)| {
                    key.starts_with(kind) && READING.contains(&action.as_str()) == reading
                })
            };
            let reads = cells[2].contains(&format!("`{kind}`"));
            assert_eq!(reads, has(true), "docs/data.md: {name} reads {kind}");
            let writes = cells[3].contains(&format!("`{kind}`"));
            assert_eq!(writes, has(false), "docs/data.md: {name} writes {kind}");
        }
    }
}

#[test]
fn what_is_suppressed_is_what_the_page_gives_reasons_for() {
    let mut suppressed = BTreeSet::new();
    let mut anchors = BTreeMap::new();
    for line in read("infra/template.yaml").lines() {
        let Some(anchor) = line.trim_start().strip_prefix("Metadata: &") else { continue };
        let anchor = anchor.split(' ').next().unwrap();
        let owner = TEMPLATE.values().find(|r| r.lines.contains(line)).unwrap();
        anchors.insert(anchor.to_owned(), block(&owner.lines, "    Metadata:"));
    }
    for resource in TEMPLATE.values() {
        let mut metadata = block(&resource.lines, "    Metadata:");
        if let Some(anchor) = metadata.trim().strip_prefix("Metadata: *") {
            metadata = anchors[anchor].clone();
        }
        let words = metadata.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let ids = words.filter(|word| word.contains('_') && word.to_uppercase() == *word);
        suppressed.extend(ids.map(|id| (id.to_owned(), resource.kind.clone())));
    }
    let mut told = BTreeSet::new();
    for row in read("infra/suppressions.md").lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [_, ids, kind, reason, price, _] = cells[..] else { panic!("{row}") };
        assert!(reason.len() > 20 && !price.is_empty(), "{row}");
        let kind = kind.trim_matches('`');
        let kind = if kind == "AWS::Lambda::Function" { "AWS::Serverless::Function" } else { kind };
        let ids = ids.split('`').skip(1).step_by(2);
        told.extend(ids.map(|id| (id.to_owned(), kind.to_owned())));
    }
    assert_eq!(suppressed, told, "the template's Metadata, then infra/suppressions.md");
}

#[test]
fn what_is_downloaded_to_build_is_pinned_by_its_hash() {
    for file in files()
        .iter()
        .filter(|file| file.path.starts_with("infra/requirements-") && file.path.ends_with(".txt"))
    {
        for pinned in
            file.text.lines().filter(|line| line.starts_with(|c: char| c.is_alphanumeric()))
        {
            assert!(pinned.contains("==") && pinned.ends_with(" \\"), "{}: {pinned}", file.path);
        }
        let asked = read(&file.path.replace(".txt", ".in"));
        for line in asked.lines().filter(|line| !line.starts_with('#')) {
            assert!(file.text.contains(&format!("{line} \\\n")), "{}: {line}", file.path);
        }
    }
    let makefile = read("Makefile");
    for line in makefile.lines().filter(|line| line.contains("pip install") && line.contains("-r"))
    {
        assert!(line.contains("--require-hashes"), "{line}");
    }
    for line in makefile.lines().filter(|line| line.contains("cargo install")) {
        assert!(line.contains("--locked") && line.contains("--version"), "{line}");
    }
}

#[test]
fn what_the_threat_model_leans_on_is_there() {
    let sources = sources();
    for page in ["docs/threat-model.md", "docs/dpia.md"] {
        let named: Vec<_> = read(page)
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|word| word.matches('_').count() >= 2)
            .filter(|word| {
                word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b.is_ascii_digit())
            })
            .collect();
        assert!(named.len() > 5, "{page} leans on no test");
        for test in named {
            assert!(sources.contains(&format!("fn {test}(")), "{page}: there is no `{test}`");
        }
    }
}

// ---------------------------------------------------------------- reading them

/// One statement of a policy.
struct Statement {
    sid: String,
    lines: String,
}

impl Statement {
    /// The values of a key, wherever they are written.
    fn list(&self, key: &str) -> Vec<String> {
        let beginning = format!("{key}:");
        let Some(line) = self.lines.lines().find(|l| l.trim_start().starts_with(&beginning)) else {
            return Vec::new();
        };
        let inline = uncommented(line).trim_start().strip_prefix(&beginning).unwrap().trim();
        let values = match inline {
            "" => block(&self.lines, line).lines().skip(1).fold(String::new(), |all, line| {
                all + "," + uncommented(line).trim().trim_start_matches("- ")
            }),
            _ => inline.to_owned(),
        };
        let values = values.split(',').map(|v| v.trim().trim_matches(['[', ']', '\'']).to_owned());
        values.filter(|value| !value.is_empty()).collect()
    }

    /// What it allows of DynamoDB.
    fn actions(&self) -> Vec<String> {
        let actions = self.list("Action").into_iter();
        actions.filter_map(|action| action.strip_prefix("dynamodb:").map(str::to_owned)).collect()
    }
}

/// The statements of a role's policies.
fn statements(role: &str) -> Vec<Statement> {
    let lines = &TEMPLATE[role].lines;
    let mut all = Vec::new();
    for line in lines.lines() {
        let Some(sid) = line.trim_start().strip_prefix("- Sid: ") else { continue };
        let lines = block(lines, line);
        all.push(Statement { sid: uncommented(sid).trim().to_owned(), lines });
    }
    assert!(!all.is_empty(), "{role}");
    all
}

/// Every action on every partition that a function's role allows.
fn may_of_the_table(name: &str) -> BTreeSet<(String, String)> {
    let mut may = BTreeSet::new();
    for statement in statements(&format!("{}Role", capital(name))) {
        let resources = statement.list("Resource");
        let keys = match resources.first().map(String::as_str) {
            Some("!GetAtt Table.Arn") => statement.list("dynamodb:LeadingKeys"),
            Some("!Sub ${Table.Arn}/index/agenda") => vec![INDEX.to_owned()],
            _ => {
                assert!(statement.actions().is_empty(), "{name}: {}", statement.sid);
                continue;
            }
        };
        assert!(!keys.is_empty(), "{name}: {} is bound to no partition", statement.sid);
        for action in statement.actions() {
            may.extend(keys.iter().map(|key| (action.clone(), key.clone())));
        }
    }
    may
}

/// The methods of the table that a function's code calls, and what an adapter adds.
fn calls_of_the_table(name: &str) -> BTreeSet<String> {
    let folder = format!("functions/{name}/src/");
    let mut called = BTreeSet::new();
    // What `report` tells is gathered by the domain, which calls the table `kept`.
    let gathered = "shared/domain/src/figures/";
    let places = if name == "report" {
        vec![(&*folder, "table"), (gathered, "kept")]
    } else {
        vec![(&*folder, "table")]
    };
    let sources = files().iter().filter(|file| !file.path.ends_with("main.rs"));
    for (file, receiver) in sources.flat_map(|file| {
        let inside = places.iter().filter(|(folder, _)| file.path.starts_with(folder));
        inside.map(move |(_, receiver)| (file, *receiver))
    }) {
        for rest in after_each(code(&file.text), receiver) {
            let Some(rest) = rest.trim_start().strip_prefix('.') else { continue };
            let method: String =
                rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if rest[method.len()..].starts_with('(') && method != "clone" {
                called.insert(method);
            }
        }
    }
    called
        .extend(BESIDES.iter().filter(|(who, _)| *who == name).map(|(_, what)| (*what).to_owned()));
    assert!(!called.is_empty(), "{name} asks nothing of the table?");
    called
}

fn capital(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}
