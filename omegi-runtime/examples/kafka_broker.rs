//! A Kafka broker to try omegi with: librdkafka's mock cluster, in memory, on this machine only. It
//! keeps some megabytes of messages until it stops.
//!
//! ```sh
//! cargo run --package omegi-runtime --features enable,kafka --example kafka_broker
//! ```

use omegi_kafka::rdkafka::mocking::MockCluster;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let broker = MockCluster::new(1)?;
    println!("{}", broker.bootstrap_servers());
    eprintln!("A Kafka broker runs there until you press Ctrl-C. In another terminal:");
    eprintln!(
        "examples/kafka/run {0}    or    OMEGI_EXPORTER_KIND=kafka OMEGI_KAFKA_SERVER={0}",
        broker.bootstrap_servers()
    );
    loop {
        std::thread::park();
    }
}
