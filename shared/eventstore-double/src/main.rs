//! The double as a process: `eventstore-double 127.0.0.1:2113 events`.

use std::error::Error;

use weir_eventstore_double::{Double, Options};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(listen), Some(file)) = (arguments.next(), arguments.next()) else {
        return Err("usage: eventstore-double ADDRESS FILE".into());
    };
    let mut options = Options::new(file);
    options.listen = listen.parse()?;
    Double::start(options).await?.ended().await;
    Ok(())
}
