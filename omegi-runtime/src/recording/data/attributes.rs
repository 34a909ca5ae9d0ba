//! Arguments and return values that a call captures. `current().attribute` goes through `updates`
//! instead.

use crate::vocabulary::signal_handler;

use crate::recording::budget::BUDGET;
use crate::recording::data::record::SpanRef;
use crate::recording::data::scalar::Scalar;
use crate::recording::muting::quietly;
use crate::recording::text::cut;

/// The attributes of all spans of a flow: plain records, and one string with all their text.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    records: Vec<AttributeRecord>,
    text: String,
}

/// An attribute as the recorder stores it: its text is a range, and its key is in the program. The
/// `Attribute` that exporters see owns both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttributeRecord {
    pub(crate) span: SpanRef,
    pub(crate) key: &'static str,
    pub(crate) value: Scalar<TextRange>,
}

/// A range of the text of all attributes, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextRange {
    from: u32,
    to: u32,
}

impl Attributes {
    /// Adds an attribute to `span`, with its text cut at `limit` characters, if there is room.
    /// Returns how many bytes it reserved.
    pub(crate) fn add(
        &mut self,
        span: SpanRef,
        key: &'static str,
        value: Scalar<&str>,
        limit: usize,
    ) -> usize {
        let before = self.capacity_bytes();
        // Room for the text stays if there is none for the record.
        let _ = self.push(span, key, value, limit);
        self.capacity_bytes() - before
    }

    fn push(&mut self, span: SpanRef, key: &'static str, value: Scalar<&str>, limit: usize) -> Option<()> {
        let value = match value {
            Scalar::Static(text) => Scalar::Static(cut(text, limit)),
            Scalar::Text(text) => Scalar::Text(self.store(cut(text, limit))?),
            Scalar::Bool(value) => Scalar::Bool(value),
            Scalar::I64(value) => Scalar::I64(value),
            Scalar::F64(value) => Scalar::F64(value),
        };
        if self.records.len() == self.records.capacity() {
            let more = self.records.capacity().max(16);
            self.make_room(more * size_of::<AttributeRecord>(), |attributes| {
                attributes.records.reserve_exact(more)
            })?;
        }
        self.records.push(AttributeRecord { span, key, value });
        Some(())
    }

    /// Returns the attributes in the order in which they were added.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &AttributeRecord> {
        self.records.iter()
    }

    /// Returns the text of a value.
    pub(crate) fn text(&self, range: TextRange) -> &str {
        &self.text[range.from as usize..range.to as usize]
    }

    /// Removes all of them. Keeps the buffers if they take no more than `spare` bytes.
    pub(crate) fn clear(&mut self, spare: usize) {
        self.records.clear();
        self.text.clear();
        if self.capacity_bytes() > spare {
            *self = Self::default();
        }
    }

    /// Returns how many bytes it holds, used or not.
    pub(crate) fn capacity_bytes(&self) -> usize {
        self.text.capacity() + self.records.capacity() * size_of::<AttributeRecord>()
    }

    fn store(&mut self, text: &str) -> Option<TextRange> {
        let missing = (self.text.len() + text.len()).saturating_sub(self.text.capacity());
        if missing > 0 {
            let more = missing.max(self.text.capacity()).max(256);
            let additional = self.text.capacity() + more - self.text.len();
            self.make_room(more, |attributes| attributes.text.reserve_exact(additional))?;
        }
        let from = u32::try_from(self.text.len()).ok()?;
        self.text.push_str(text);
        Some(TextRange { from, to: u32::try_from(self.text.len()).ok()? })
    }

    fn make_room(&mut self, bytes: usize, grow: impl FnOnce(&mut Self)) -> Option<()> {
        if signal_handler::is_active() || !BUDGET.reserve(bytes) {
            return None;
        }
        // The allocator may be the user's, and instrumented.
        quietly(|| grow(self));
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Value;

    #[test]
    fn values_come_back_as_they_went_in() {
        let mut attributes = Attributes::default();
        let mut reserved = 0;
        for (span, value) in [(0, Scalar::I64(-1)), (1, Scalar::Text("añb")), (1, Scalar::Text("cd"))] {
            reserved += attributes.add(span, "key", value, 2);
        }
        let shown: Vec<_> =
            attributes.iter().map(|record| (record.span, show(&attributes, record.value))).collect();
        assert_eq!(shown, [(0, "-1".to_owned()), (1, "añ".to_owned()), (1, "cd".to_owned())]);
        assert_eq!(reserved, attributes.capacity_bytes());
        BUDGET.release(reserved);
    }

    fn show(attributes: &Attributes, value: Scalar<TextRange>) -> String {
        Value::from(value.map_text(|range| attributes.text(range).to_owned())).to_string()
    }
}
