//! The state of each message.

use std::collections::{HashMap, HashSet};

use crate::delivery_error::DeliveryError;
use crate::message::GroupId;

/// The identity of a message: its group, and its position there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MessageId {
    group: GroupId,
    nth: usize,
}

impl MessageId {
    /// Returns the position in the group, from 0 on.
    pub(crate) const fn nth(self) -> usize {
        self.nth
    }
}

/// The state of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
enum MessageState {
    /// librdkafka does not have the message yet, or has given it back.
    Waiting,
    /// librdkafka has the message, and has not reported on it.
    InFlight,
    /// The brokers have the message.
    Delivered,
    /// The message was refused for good.
    Refused(DeliveryError),
}

/// A message of a group.
#[derive(Debug)]
struct Entry {
    /// The number of the group's items that the message holds.
    items: usize,
    state: MessageState,
}

impl Entry {
    fn is(&self, state: &MessageState) -> bool {
        self.state == *state
    }

    /// Returns the reason of a refusal.
    const fn error(&self) -> Option<&DeliveryError> {
        match &self.state {
            MessageState::Refused(error) => Some(error),
            _ => None,
        }
    }
}

/// The states of the messages of all groups that are not done.
///
/// Holds the groups of one delivery, and those of earlier ones that librdkafka still has. Its queue
/// bounds their number.
#[derive(Debug, Default)]
pub(crate) struct InFlightMessages(HashMap<GroupId, Vec<Entry>>);

impl InFlightMessages {
    /// Forgets other groups than these, unless they have a message in flight: such a group may come
    /// again later.
    pub(crate) fn begin(&mut self, groups: &[GroupId]) {
        let coming: HashSet<_> = groups.iter().collect();
        self.0.retain(|group, entries| coming.contains(group) || any(entries, &MessageState::InFlight));
    }

    /// Returns whether librdkafka lacks a message of the group.
    pub(crate) fn needs(&self, group: GroupId) -> bool {
        self.0.get(&group).is_none_or(|entries| any(entries, &MessageState::Waiting))
    }

    /// Returns the messages of the group that are to be handed over. `items` holds the number of
    /// items of each message.
    pub(crate) fn open(&mut self, group: GroupId, items: impl IntoIterator<Item = usize>) -> Vec<MessageId> {
        let entries = self.0.entry(group).or_default();
        // A group that comes again has the same messages.
        let new = items.into_iter().skip(entries.len());
        entries.extend(new.map(|items| Entry { items, state: MessageState::Waiting }));
        let waiting = entries.iter().enumerate().filter(|(_, entry)| entry.is(&MessageState::Waiting));
        waiting.map(|(nth, _)| MessageId { group, nth }).collect()
    }

    /// Notes that librdkafka has the message.
    pub(crate) fn note_handed_over(&mut self, message: MessageId) {
        self.set(message, MessageState::InFlight);
    }

    /// Notes that the brokers have the message.
    pub(crate) fn note_delivered(&mut self, message: MessageId) {
        self.set(message, MessageState::Delivered);
    }

    /// Notes that the message was not delivered: it waits again, or is refused for good.
    pub(crate) fn note_failed(&mut self, message: MessageId, error: DeliveryError) {
        self.set(
            message,
            if error.is_temporary() { MessageState::Waiting } else { MessageState::Refused(error) },
        );
    }

    /// Returns whether a message of these groups was refused for its size.
    pub(crate) fn any_too_large(&self, groups: &[GroupId]) -> bool {
        groups.iter().any(|group| is_too_large(self.entries(*group)))
    }

    /// Forgets these groups as far as a message was refused for its size: they come with other
    /// messages. If `messages_stay`, only such a message waits again.
    pub(crate) fn retry_too_large(&mut self, groups: &[GroupId], messages_stay: bool) {
        let too_large = MessageState::Refused(DeliveryError::TooLarge);
        for group in groups {
            if !is_too_large(self.entries(*group)) {
                continue;
            }
            if messages_stay {
                let entries = self.0.get_mut(group).into_iter().flatten();
                entries
                    .filter(|entry| entry.is(&too_large))
                    .for_each(|entry| entry.state = MessageState::Waiting);
            } else {
                self.0.remove(group);
            }
        }
    }

    /// Notes that the producer is gone: the messages that it has not reported on wait again. The
    /// brokers may have some of them.
    pub(crate) fn give_back_all(&mut self) {
        for entry in self.0.values_mut().flatten().filter(|entry| entry.is(&MessageState::InFlight)) {
            entry.state = MessageState::Waiting;
        }
    }

    fn set(&mut self, message: MessageId, state: MessageState) {
        if let Some(entry) = self.0.get_mut(&message.group).and_then(|entries| entries.get_mut(message.nth)) {
            entry.state = state;
        }
    }

    /// Returns whether a message of these groups is in flight.
    pub(crate) fn any_in_flight(&self, groups: &[GroupId]) -> bool {
        groups.iter().any(|group| any(self.entries(*group), &MessageState::InFlight))
    }

    /// Returns the number of groups with a message that is neither delivered nor refused.
    pub(crate) fn pending(&self, groups: &[GroupId]) -> usize {
        let is_pending = |group: &&GroupId| match self.0.get(group) {
            Some(entries) => any(entries, &MessageState::Waiting) || any(entries, &MessageState::InFlight),
            None => true,
        };
        groups.iter().filter(is_pending).count()
    }

    /// Returns the positions of the groups that were delivered whole.
    pub(crate) fn delivered(&self, groups: &[GroupId]) -> Vec<usize> {
        let is_delivered = |group: GroupId| {
            let entries = self.entries(group);
            !entries.is_empty() && entries.iter().all(|entry| entry.is(&MessageState::Delivered))
        };
        (0..groups.len()).filter(|nth| is_delivered(groups[*nth])).collect()
    }

    /// Returns the positions of the groups with a refused message, and the first reason.
    pub(crate) fn refused(&self, groups: &[GroupId]) -> Option<(Vec<usize>, DeliveryError)> {
        let error = |nth: &usize| self.entries(groups[*nth]).iter().find_map(Entry::error);
        let refused: Vec<_> = (0..groups.len()).filter(|nth| error(nth).is_some()).collect();
        let first = refused.first().and_then(error)?.clone();
        Some((refused, first))
    }

    /// Returns the number of items in the refused messages of the group.
    pub(crate) fn refused_items(&self, group: GroupId) -> usize {
        let refused = self.entries(group).iter().filter(|entry| entry.error().is_some());
        refused.map(|entry| entry.items).sum()
    }

    /// Returns whether a message of the group was delivered.
    pub(crate) fn any_delivered(&self, group: GroupId) -> bool {
        any(self.entries(group), &MessageState::Delivered)
    }

    /// Forgets these groups, which are done.
    pub(crate) fn close(&mut self, groups: &[GroupId]) {
        groups.iter().for_each(|group| drop(self.0.remove(group)));
    }

    fn entries(&self, group: GroupId) -> &[Entry] {
        self.0.get(&group).map_or(&[], Vec::as_slice)
    }
}

fn is_too_large(entries: &[Entry]) -> bool {
    any(entries, &MessageState::Refused(DeliveryError::TooLarge))
}

fn any(entries: &[Entry], state: &MessageState) -> bool {
    entries.iter().any(|entry| entry.is(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUPS: [GroupId; 3] = [GroupId(1, 1), GroupId(2, 1), GroupId(3, 1)];

    fn hand_over(messages: &mut InFlightMessages, group: GroupId, count: usize) -> Vec<MessageId> {
        let ids = messages.open(group, std::iter::repeat_n(1, count));
        ids.iter().for_each(|id| messages.note_handed_over(*id));
        ids
    }

    #[test]
    fn a_message_in_flight_or_delivered_is_not_handed_over_again() {
        let mut messages = InFlightMessages::default();
        let group = GROUPS[0];
        let [first, second] = hand_over(&mut messages, group, 2)[..] else { panic!("two messages") };
        assert!(!messages.needs(group) && messages.any_in_flight(&[group]));
        messages.note_delivered(first);
        messages.note_failed(second, DeliveryError::TimedOut);
        assert_eq!(messages.pending(&[group]), 1);
        assert!(messages.needs(group));
        assert_eq!(hand_over(&mut messages, group, 2), [second]);
        messages.note_delivered(second);
        assert_eq!(messages.pending(&[group]), 0);
    }

    #[test]
    fn groups_in_flight_outlive_deliveries_of_other_groups_and_done_ones_do_not() {
        let mut messages = InFlightMessages::default();
        let [first] = hand_over(&mut messages, GROUPS[0], 1)[..] else { panic!("one message") };
        let [second] = hand_over(&mut messages, GROUPS[1], 1)[..] else { panic!("one message") };
        messages.note_delivered(second);
        messages.begin(&GROUPS[2..]);
        assert_eq!((messages.needs(GROUPS[0]), messages.needs(GROUPS[1])), (false, true));
        messages.note_delivered(first);
        messages.begin(&GROUPS[..1]);
        assert!(!messages.needs(GROUPS[0]));
        messages.begin(&[]);
        assert!(messages.0.is_empty());
    }

    #[test]
    fn refused_messages_of_a_group_are_counted_by_their_items() {
        let mut messages = InFlightMessages::default();
        let group = GROUPS[0];
        let [first, second, third] = messages.open(group, [10, 20, 30])[..] else { panic!("three messages") };
        messages.note_failed(first, DeliveryError::TooLarge);
        messages.note_delivered(second);
        assert_eq!(messages.open(group, [10, 20, 30]), [third]);
        messages.note_failed(third, DeliveryError::TooLarge);
        assert_eq!((messages.refused_items(group), messages.any_delivered(group)), (40, true));
    }

    #[test]
    fn messages_refused_for_their_size_wait_again_or_are_forgotten_with_their_group() {
        let mut messages = InFlightMessages::default();
        for group in GROUPS {
            let [first, second] = hand_over(&mut messages, group, 2)[..] else { panic!("two messages") };
            messages.note_delivered(first);
            messages.note_failed(second, DeliveryError::TooLarge);
        }
        messages.note_delivered(MessageId { group: GROUPS[2], nth: 1 });
        messages.retry_too_large(&GROUPS, true);
        assert_eq!(messages.open(GROUPS[0], [1; 2]).len(), 1);
        messages.note_failed(MessageId { group: GROUPS[0], nth: 1 }, DeliveryError::TooLarge);
        assert!(messages.any_too_large(&GROUPS));
        messages.retry_too_large(&GROUPS, false);
        assert!(!messages.any_too_large(&GROUPS));
        assert_eq!(messages.open(GROUPS[0], [1; 3]).len(), 3);
        assert!(!messages.needs(GROUPS[2]));
    }

    #[test]
    fn messages_of_a_producer_that_is_gone_wait_again() {
        let mut messages = InFlightMessages::default();
        let group = GROUPS[0];
        let ids = hand_over(&mut messages, group, 3);
        messages.note_delivered(ids[0]);
        messages.note_failed(ids[1], DeliveryError::TooLarge);
        messages.give_back_all();
        assert!(!messages.any_in_flight(&[group]));
        assert_eq!(messages.open(group, [1; 3]), [ids[2]]);
    }

    #[test]
    fn refused_groups_are_named_with_the_first_reason() {
        let mut messages = InFlightMessages::default();
        let ids: Vec<_> = GROUPS.iter().flat_map(|group| hand_over(&mut messages, *group, 1)).collect();
        messages.note_failed(ids[0], DeliveryError::TooLarge);
        messages.note_failed(ids[1], DeliveryError::Forbidden);
        messages.note_delivered(ids[2]);
        assert_eq!(messages.refused(&GROUPS), Some((vec![0, 1], DeliveryError::TooLarge)));
        assert_eq!(messages.delivered(&GROUPS), [2]);
        assert_eq!(messages.pending(&GROUPS), 0);
        messages.close(&GROUPS);
        assert_eq!(messages.refused(&GROUPS), None);
    }
}
