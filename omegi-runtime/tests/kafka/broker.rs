//! librdkafka's mock cluster, and the messages that it stores.

use std::time::{Duration, Instant};

use omegi_kafka::rdkafka::consumer::{BaseConsumer, Consumer as _};
use omegi_kafka::rdkafka::mocking::MockCluster;
use omegi_kafka::rdkafka::producer::DefaultProducerContext;
use omegi_kafka::rdkafka::{ClientConfig, Message as _, Offset, TopicPartitionList};

/// The longest wait of a test for a broker.
const LONG: Duration = Duration::from_secs(20);

/// A cluster of brokers.
pub(crate) struct Brokers(pub(crate) MockCluster<'static, DefaultProducerContext>);

/// A message as it was read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) key: String,
    pub(crate) payload: Vec<u8>,
}

impl Brokers {
    pub(crate) fn start() -> Self {
        Self(MockCluster::new(1).unwrap())
    }

    pub(crate) fn servers(&self) -> Vec<String> {
        self.0.bootstrap_servers().split(',').map(str::to_owned).collect()
    }

    /// Returns the port of the only broker.
    pub(crate) fn port(&self) -> u16 {
        self.servers()[0].rsplit_once(':').unwrap().1.parse().unwrap()
    }

    /// Reads all messages of the topic.
    pub(crate) fn read(&self, topic: &str) -> Vec<Read> {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", self.0.bootstrap_servers())
            .set("group.id", "test")
            .create()
            .unwrap();
        let mut messages = Vec::new();
        let expected = self.assign_all(&consumer, topic);
        let begun = Instant::now();
        while messages.len() < expected {
            assert!(begun.elapsed() < LONG, "{} of {expected} messages were read", messages.len());
            let Some(message) = consumer.poll(Duration::from_millis(100)) else { continue };
            let message = message.unwrap();
            messages.push(Read {
                topic: message.topic().to_owned(),
                partition: message.partition(),
                key: String::from_utf8(message.key().unwrap().to_vec()).unwrap(),
                payload: message.payload().unwrap().to_vec(),
            });
        }
        messages
    }

    /// Assigns the whole topic to the consumer. Returns the number of its messages.
    fn assign_all(&self, consumer: &BaseConsumer, topic: &str) -> usize {
        let metadata = consumer.fetch_metadata(Some(topic), LONG).unwrap();
        let mut assignment = TopicPartitionList::new();
        let mut stored = 0;
        for partition in metadata.topics()[0].partitions() {
            let (low, high) = consumer.fetch_watermarks(topic, partition.id(), LONG).unwrap();
            stored += usize::try_from(high - low).unwrap();
            assignment.add_partition_offset(topic, partition.id(), Offset::Beginning).unwrap();
        }
        consumer.assign(&assignment).unwrap();
        stored
    }
}
