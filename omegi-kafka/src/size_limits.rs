//! The sizes of batches and messages that the brokers take, as their refusals show them.

/// The least size of batches and messages, in bytes: omegi's least setting for messages.
const MIN_BYTES: usize = 16 << 10;

/// The largest sizes. A broker's limit (`message.max.bytes`) is one of batches, and its refusal
/// does not name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SizeLimits {
    /// The largest message, in bytes.
    pub(crate) message: usize,
    /// The size at which a batch takes no further message, where it is known to matter.
    pub(crate) batch: Option<usize>,
}

impl SizeLimits {
    pub(crate) const fn new(message: usize) -> Self {
        Self { message, batch: None }
    }

    /// Returns the next smaller limits, if there are any. First larger messages are no longer sent
    /// together with others, and then messages are smaller.
    pub(crate) fn smaller(self) -> Option<Self> {
        match self.batch {
            None => Some(Self { batch: Some(MIN_BYTES), ..self }),
            Some(_) if self.message > MIN_BYTES => {
                Some(Self { message: (self.message / 2).max(MIN_BYTES), ..self })
            }
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_become_smaller_and_then_messages_down_to_a_bound() {
        let limits = std::iter::successors(Some(SizeLimits::new(50_000)), |limits| limits.smaller());
        let sizes: Vec<_> = limits.map(|limits| (limits.message, limits.batch)).collect();
        let small = Some(MIN_BYTES);
        assert_eq!(sizes, [(50_000, None), (50_000, small), (25_000, small), (MIN_BYTES, small)]);
    }
}
