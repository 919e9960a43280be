//! The runbook rehearsed: what infra/README.md says of a bad day, done on the deployed template.

use local::proxy::Refusal;
use local::stack::{SAMPLE_NOW, Stack};
use local::supplier::Behaviour;

#[tokio::test(flavor = "multi_thread")]
async fn what_the_functions_ask_is_counted_and_can_be_refused() {
    let _alone = crate::MACHINE.lock().await;
    let stack =
        Stack::start_behind_a_proxy(SAMPLE_NOW, Behaviour::default(), &|_| ()).await.unwrap();
    let proxy = stack.proxy().unwrap();
    proxy.ask_for_capacity(true);
    stack.invoke("dispatch", "{}").await.unwrap();
    let asked = |of: &str| {
        let bill = proxy.bill();
        let calls = bill.iter().filter(|(call, _)| call.service == "dynamodb" && call.caller == of);
        calls.fold((0, 0, 0.0), |(calls, refused, units), (_, tally)| {
            (calls + tally.calls, refused + tally.refused, units + tally.capacity)
        })
    };
    let (calls, refused, units) = asked("dispatch");
    assert!(calls > 0 && refused == 0 && units > 0.0, "{:?}", proxy.bill());
    proxy.refuse(Refusal::throttled_table().from("dispatch"));
    assert!(stack.invoke("dispatch", "{}").await.is_err());
    assert!(stack.invoke("reconcile", "{}").await.is_ok());
    proxy.mend();
    stack.invoke("dispatch", "{}").await.unwrap();
    assert!(asked("dispatch").1 > 0 && asked("reconcile").1 == 0, "{:?}", proxy.bill());
}
