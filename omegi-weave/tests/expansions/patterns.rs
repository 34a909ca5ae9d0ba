//! Patterns that leave a part unnamed move inside, so that everything is dropped in its order.

#[omegi::traced]
fn merge(left: Half, (right, _): (Half, Seal), _: Permit) -> Result<Whole, MergeError> {
    left.join(right)
}
