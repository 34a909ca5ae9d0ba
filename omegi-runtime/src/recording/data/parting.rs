//! Records that leave their segment in parts: which record goes to which part, and the data that go
//! along.

use std::mem;

use crate::recording::budget::BUDGET;
use crate::recording::data::attributes::Attributes;
use crate::recording::data::record::SpanRef;
use crate::recording::data::summary::{Overflow, Summary};
use crate::recording::data::updates::{RecordedUpdate, Updates};
use crate::recording::data::waits::{Wait, Waits};

/// The part of each record of a segment, and its place there.
#[derive(Debug)]
pub(crate) struct Parting {
    places: Vec<Option<(u32, SpanRef)>>,
    /// The number of records of each part.
    sizes: Vec<SpanRef>,
    /// The records that also stay.
    copied: Vec<SpanRef>,
}

/// The data of a part besides its records and errors.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    pub(crate) attributes: Attributes,
    pub(crate) updates: Updates,
    pub(crate) waits: Vec<Wait>,
    pub(crate) summaries: Vec<Summary>,
    /// The memory that these have reserved, in bytes.
    pub(crate) reserved: usize,
}

impl Parting {
    /// Returns a parting of this many records, all of which stay.
    pub(crate) fn new(records: usize) -> Self {
        Self { places: vec![None; records], sizes: Vec::new(), copied: Vec::new() }
    }

    /// Adds a part without records. Returns its number.
    pub(crate) fn add_part(&mut self) -> usize {
        self.sizes.push(0);
        self.sizes.len() - 1
    }

    /// Puts a record at the end of a part.
    pub(crate) fn put(&mut self, record: SpanRef, part: usize) {
        let number = u32::try_from(part).unwrap_or(u32::MAX);
        if let Some((place, size)) = self.places.get_mut(record as usize).zip(self.sizes.get_mut(part)) {
            *place = Some((number, *size));
            *size += 1;
        }
    }

    /// Lets a record that was put into a part stay as well, with its data. Called in the order of
    /// the records.
    pub(crate) fn copy(&mut self, record: SpanRef) {
        self.copied.push(record);
    }

    fn is_copied(&self, record: SpanRef) -> bool {
        self.copied.binary_search(&record).is_ok()
    }

    /// Returns whether a record leaves.
    fn leaves(&self, record: SpanRef) -> bool {
        self.part(record).is_some() && !self.is_copied(record)
    }

    /// Lets a record stay after all.
    pub(crate) fn leave(&mut self, record: SpanRef) {
        self.places.get_mut(record as usize).into_iter().for_each(|place| *place = None);
    }

    /// Returns the number of a record's part; `None` if it stays.
    pub(crate) fn part(&self, record: SpanRef) -> Option<usize> {
        self.place(record).map(|(part, _)| part)
    }

    /// Returns the number of a record's part, and its place there.
    pub(crate) fn place(&self, record: SpanRef) -> Option<(usize, SpanRef)> {
        let (part, place) = (*self.places.get(record as usize)?)?;
        Some((part as usize, place))
    }

    /// Returns a record's place in a part; the root's if it is not there.
    pub(crate) fn place_in(&self, part: usize, record: SpanRef) -> SpanRef {
        self.place(record).filter(|(of, _)| *of == part).map_or(0, |(_, place)| place)
    }
}

/// The data of parts. Each method moves the data of records that leave, drops those of parts that
/// are dropped (`None`), and returns how many bytes the segment has reserved no more.
impl Parting {
    pub(crate) fn part_attributes(&self, all: &mut Attributes, parts: &mut [Option<Pieces>]) -> usize {
        if !all.iter().any(|record| self.part(record.span).is_some()) {
            return 0;
        }
        let before = all.capacity_bytes();
        let whole = mem::take(all);
        for record in whole.iter() {
            let value = || record.value.map_text(|range| whole.text(range));
            if !self.leaves(record.span) {
                all.add(record.span, record.key, value(), usize::MAX);
            }
            let Some((part, place)) = self.place(record.span) else { continue };
            if let Some(pieces) = &mut parts[part] {
                pieces.reserved += pieces.attributes.add(place, record.key, value(), usize::MAX);
            }
        }
        BUDGET.release(before);
        before.saturating_sub(all.capacity_bytes())
    }

    pub(crate) fn part_updates(&self, all: &mut Updates, parts: &mut [Option<Pieces>]) -> usize {
        let mut bytes = 0;
        let copied: Vec<_> =
            all.as_slice().iter().filter(|recorded| self.is_copied(recorded.span)).cloned().collect();
        let taken = all.take_of(|span| self.leaves(span));
        for RecordedUpdate { update, .. } in &taken {
            bytes += update.bytes();
            BUDGET.release(update.bytes());
        }
        for RecordedUpdate { span, update } in copied.into_iter().chain(taken) {
            let Some((part, place)) = self.place(span) else { continue };
            if let Some(pieces) = &mut parts[part] {
                pieces.reserved += pieces.updates.add(place, update, usize::MAX).unwrap_or(0);
            }
        }
        bytes
    }

    pub(crate) fn part_waits(&self, all: &mut Waits, parts: &mut [Option<Pieces>]) {
        let copied: Vec<_> =
            all.as_slice().iter().filter(|wait| self.is_copied(wait.span)).copied().collect();
        for mut wait in copied.into_iter().chain(all.take_of(|span| self.leaves(span))) {
            let Some((part, place)) = self.place(wait.span) else { continue };
            if let Some(pieces) = &mut parts[part] {
                wait.span = place;
                pieces.waits.push(wait);
            }
        }
    }

    pub(crate) fn part_summaries(&self, all: &mut Overflow, parts: &mut [Option<Pieces>]) {
        for summary in all.take_summaries_of(|host| self.part(host).is_some()) {
            let Some((part, place)) = self.place(summary.host) else { continue };
            if let Some(pieces) = &mut parts[part] {
                pieces.summaries.push(Summary { host: place, ..summary });
            }
        }
    }
}
