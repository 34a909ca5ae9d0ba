//! Messages and their groups.

/// The identity of messages that belong together, such as those of one flow: two numbers of the
/// caller's choice.
///
/// A group that comes again must have the same messages. [`Client`](crate::Client) has an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupId(pub u128, pub u64);

/// A message for a topic. [`Client`](crate::Client) has an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'t> {
    /// The topic.
    pub topic: &'t str,
    /// The key: messages with the same key go to one partition, in order.
    pub key: String,
    /// The content.
    pub payload: Vec<u8>,
    /// The number of the group's items that the message holds, such as spans. Counted where it is
    /// refused.
    pub items: usize,
}
