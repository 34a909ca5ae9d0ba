//! Arguments, fields and return values: what a span says of itself besides its call site.

use super::budget::BUDGET;
use super::muting::quietly;
use super::record::SpanRef;
use super::text::cut;

/// The attributes of all spans of a flow: plain records, and one string that holds all their text.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    records: Vec<AttributeRecord>,
    text: String,
}

/// One attribute of one span.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttributeRecord {
    pub(crate) span: SpanRef,
    pub(crate) key: &'static str,
    pub(crate) value: Stored,
}

/// A value, or where its text is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stored {
    Bool(bool),
    I64(i64),
    F64(f64),
    Static(&'static str),
    Text { from: u32, to: u32 },
}

/// A value as it is handed in: text is copied.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Taken<'a> {
    Bool(bool),
    I64(i64),
    F64(f64),
    Static(&'static str),
    Text(&'a str),
}

impl Attributes {
    /// Adds an attribute to `span`, its text cut at `limit` characters. Returns how many bytes were reserved for it, or
    /// `None` where there was no room.
    pub(crate) fn add(
        &mut self,
        span: SpanRef,
        key: &'static str,
        value: Taken<'_>,
        limit: usize,
    ) -> Option<usize> {
        let before = self.capacity_bytes();
        let value = match value {
            Taken::Bool(value) => Stored::Bool(value),
            Taken::I64(value) => Stored::I64(value),
            Taken::F64(value) => Stored::F64(value),
            Taken::Static(value) => Stored::Static(cut(value, limit)),
            Taken::Text(value) => self.store(cut(value, limit))?,
        };
        if self.records.len() == self.records.capacity() {
            let more = self.records.capacity().max(16);
            self.make_room(more * size_of::<AttributeRecord>(), |attributes| {
                attributes.records.reserve_exact(more)
            })?;
        }
        self.records.push(AttributeRecord { span, key, value });
        Some(self.capacity_bytes() - before)
    }

    /// The attributes in the order in which they were added.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &AttributeRecord> {
        self.records.iter()
    }

    /// The text of a value.
    pub(crate) fn text(&self, from: u32, to: u32) -> &str {
        &self.text[from as usize..to as usize]
    }

    /// Forgets all of them, and keeps the room for the next if that is no more than `spare` bytes.
    pub(crate) fn clear(&mut self, spare: usize) {
        self.records.clear();
        self.text.clear();
        if self.capacity_bytes() > spare {
            *self = Self::default();
        }
    }

    /// How many bytes it holds, used or not.
    pub(crate) fn capacity_bytes(&self) -> usize {
        self.text.capacity() + self.records.capacity() * size_of::<AttributeRecord>()
    }

    fn store(&mut self, text: &str) -> Option<Stored> {
        let missing = (self.text.len() + text.len()).saturating_sub(self.text.capacity());
        if missing > 0 {
            let more = missing.max(self.text.capacity()).max(256);
            let additional = self.text.capacity() + more - self.text.len();
            self.make_room(more, |attributes| attributes.text.reserve_exact(additional))?;
        }
        let from = u32::try_from(self.text.len()).ok()?;
        self.text.push_str(text);
        Some(Stored::Text { from, to: u32::try_from(self.text.len()).ok()? })
    }

    fn make_room(&mut self, bytes: usize, grow: impl FnOnce(&mut Self)) -> Option<()> {
        // The allocator may be the user's, and instrumented.
        BUDGET.reserve(bytes).then(|| quietly(|| grow(self)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_went_in() {
        let mut attributes = Attributes::default();
        let mut reserved = 0;
        for (span, value) in [(0, Taken::I64(-1)), (1, Taken::Text("añb")), (1, Taken::Text("cd"))] {
            reserved += attributes.add(span, "key", value, 2).unwrap();
        }
        let shown: Vec<_> =
            attributes.iter().map(|record| (record.span, show(&attributes, record.value))).collect();
        assert_eq!(shown, [(0, "-1".to_owned()), (1, "añ".to_owned()), (1, "cd".to_owned())]);
        assert_eq!(reserved, attributes.capacity_bytes());
        BUDGET.release(reserved);
    }

    fn show(attributes: &Attributes, value: Stored) -> String {
        match value {
            Stored::Text { from, to } => attributes.text(from, to).to_owned(),
            Stored::I64(value) => value.to_string(),
            other => format!("{other:?}"),
        }
    }
}
