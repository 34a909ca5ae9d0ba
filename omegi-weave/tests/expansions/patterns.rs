//! Patterns that leave a part unnamed move inside, so that arguments are dropped in their order.

#[omegi::traced]
fn merge(left: Half, (right, _): (Half, Seal), _: Permit) -> Result<Whole, MergeError> {
    left.join(right)
}
