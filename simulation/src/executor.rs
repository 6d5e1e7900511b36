//! Executors, reduced to what they answer and when: prompt, slow, failing, dying, or as zombies
//! that answer when another has done the same action.

use std::sync::Arc;

use serde_json::{Value, json};
use weir_bus::{Bus, BusError, Consumer, Delivery, Outgoing, Patient};
use weir_protocol::{
    InboxSubject, Token,
    v1::{ActionRequest, Format, Outcome, WorkflowError},
};

use crate::{
    chance::Chance,
    time::{Time, pause_ms},
    weather::Weather,
    wrapped::WrappedBus,
};

/// How often an executor says that it is still at it.
const HEARTBEAT_MS: u64 = 10_000;

/// Does actions of one function for as long as its node lives.
pub async fn serve(
    function: &'static str,
    bus: WrappedBus,
    weather: Arc<Weather>,
    time: Time,
) -> Result<(), BusError> {
    let consumer = Consumer::Actions {
        function: Token::new(function).unwrap(),
    };
    let bus: Arc<dyn Bus> = Arc::new(bus);
    let mut deliveries = bus.consume(&consumer).await?;
    loop {
        let delivery = deliveries.next().await?;
        let (patient, weather) = (Patient::new(bus.clone()), weather.clone());
        tokio::spawn(async move { perform(&delivery, &patient, &weather, time).await });
    }
}

async fn perform(delivery: &Delivery, bus: &Patient, weather: &Weather, time: Time) {
    let action = ActionRequest::decode(&delivery.message.payload).unwrap();
    let left_ms = action.deadline.saturating_sub(time.now_ms());
    if left_ms == 0 {
        let _ = delivery.ack().await;
        return;
    }
    let (takes_ms, silent) = {
        let mut chance = weather.chance();
        match chance.below(8) {
            0..=3 => (chance.below(50), false),
            4 => (chance.below(left_ms + 1), false),
            5 => (left_ms.saturating_sub(1) + chance.below(3), false),
            // Nothing is heard of it until all is over; its action is given to another.
            6 => (left_ms + chance.below(60_000), true),
            _ => (chance.below(left_ms + 1), true),
        }
    };
    let mut left_to_wait_ms = takes_ms;
    while left_to_wait_ms > HEARTBEAT_MS {
        pause_ms(HEARTBEAT_MS).await;
        left_to_wait_ms -= HEARTBEAT_MS;
        if !silent {
            let _ = delivery.acknowledge.progress().await;
        }
    }
    pause_ms(left_to_wait_ms).await;
    let outcome = outcome(&action, &mut weather.chance());
    let subject = InboxSubject::parse(&action.reply_to).unwrap().subject();
    let message =
        Outgoing::new(subject, outcome.encode()).with_id(format!("outcome/{}", action.id));
    bus.publish(message)
        .await
        .expect("the inbox takes outcomes");
    let _ = delivery.ack().await;
}

/// Another at each execution, so that it shows whose was applied.
fn outcome(action: &ActionRequest, chance: &mut Chance) -> Outcome {
    let fails = chance.one_in(3);
    let error = fails.then(|| WorkflowError {
        type_: "https://example.com/errors/refused".to_owned(),
        status: chance.pick(&[404, 500, 503]),
        title: None,
        detail: Some(format!("execution {}", chance.below(u64::MAX))),
        instance: None,
    });
    Outcome {
        id: action.id.clone(),
        task: action.task,
        output: (!fails).then(|| data(chance).into()),
        error,
        executor: None,
    }
}

/// What expressions of the generated documents look at.
pub fn data(chance: &mut Chance) -> Value {
    let items = ["a", "b", "c", "d"];
    let count = usize::try_from(chance.pick(&[0, 1, 2, 3, 3, 3, 3, 4])).unwrap();
    json!({
        "x": chance.one_in(2),
        "items": items[..count],
        "two": items[..count.min(2)],
        "draw": chance.below(u64::MAX).to_string(),
    })
}
