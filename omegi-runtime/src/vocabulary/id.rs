//! Trace and span ids.

use std::fmt;

/// The id of a trace: 128 bits, never zero when valid ([W3C Trace Context], `trace-id`).
///
/// Displays as 32 lower-case hex digits.
///
/// ```
/// # use omegi_runtime as omegi;
/// let id = omegi::TraceId::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
/// assert_eq!(id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
/// assert_eq!(id.low_bits(), 0xa3ce_929d_0e0e_4736);
/// ```
///
/// [W3C Trace Context]: https://www.w3.org/TR/trace-context-2/#trace-id
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TraceId(u128);

impl TraceId {
    /// The trace id with this value.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::TraceId;
    ///
    /// let id = TraceId::from_u128(0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c);
    /// assert_eq!(id.to_string(), "0af7651916cd43dd8448eb211c80319c");
    /// ```
    #[must_use]
    pub const fn from_u128(value: u128) -> Self {
        Self(value)
    }

    /// The value as a number.
    #[must_use]
    pub const fn to_u128(self) -> u128 {
        self.0
    }

    /// The low 64 bits, by which flow sampling decides.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the low half is what is asked for")]
    pub const fn low_bits(self) -> u64 {
        self.0 as u64
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The id of a span: 64 bits; zero means *no span* ([W3C Trace Context], `parent-id`).
///
/// Displays as 16 lower-case hex digits.
///
/// ```
/// # use omegi_runtime as omegi;
/// use omegi::SpanId;
/// assert_eq!(SpanId::from_u64(0xf067_aa0b_a902_b7).to_string(), "00f067aa0ba902b7");
/// assert_eq!(SpanId::NONE.to_string(), "0000000000000000");
/// ```
///
/// [W3C Trace Context]: https://www.w3.org/TR/trace-context-2/#parent-id
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SpanId(u64);

impl SpanId {
    /// No span: the parent of a root.
    pub const NONE: Self = Self(0);

    /// The span id with this value.
    ///
    /// ```
    /// # use omegi_runtime as omegi;
    /// use omegi::SpanId;
    ///
    /// assert_eq!(SpanId::from_u64(0xb7ad).to_string(), "000000000000b7ad");
    /// ```
    #[must_use]
    pub const fn from_u64(value: u64) -> Self {
        Self(value)
    }

    /// The value as a number.
    #[must_use]
    pub const fn to_u64(self) -> u64 {
        self.0
    }

    /// Returns whether it is the id of a span.
    #[must_use]
    pub const fn is_some(self) -> bool {
        self.0 != 0
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
