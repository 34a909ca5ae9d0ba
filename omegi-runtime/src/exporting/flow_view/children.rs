//! The calls of each span.

use crate::vocabulary::{Flow, Span};

/// The children of each span of a flow, in the order in which they began.
pub(in crate::exporting) struct Children {
    /// The beginning of each list in `listed`: first the spans without a parent, then one list for
    /// each span.
    begins: Vec<usize>,
    listed: Vec<usize>,
}

impl Children {
    /// Sorts the spans by their parent.
    pub(in crate::exporting) fn of(flow: &Flow) -> Self {
        let lists: Vec<usize> =
            flow.spans.iter().enumerate().map(|(index, span)| list_of(index, span)).collect();
        let begins = begins(&lists, flow.spans.len() + 1);
        let mut free = begins.clone();
        let mut listed = vec![0; lists.len()];
        for (span, list) in lists.into_iter().enumerate() {
            listed[free[list]] = span;
            free[list] += 1;
        }
        Self { begins, listed }
    }

    /// The spans without a parent in this flow: the local root.
    pub(in crate::exporting) fn roots(&self) -> &[usize] {
        self.list(0)
    }

    /// The spans that the span at this index called.
    pub(in crate::exporting) fn of_span(&self, index: usize) -> &[usize] {
        self.list(index + 1)
    }

    fn list(&self, list: usize) -> &[usize] {
        &self.listed[self.begins[list]..self.begins[list + 1]]
    }
}

/// The number of the list that a span belongs to.
///
/// A parent that does not precede the span counts as none, so that a flow made by hand has no
/// circle.
fn list_of(index: usize, span: &Span) -> usize {
    span.parent.filter(|parent| *parent < index).map_or(0, |parent| parent + 1)
}

fn begins(lists: &[usize], count: usize) -> Vec<usize> {
    let mut begins = vec![0; count + 1];
    for list in lists {
        begins[list + 1] += 1;
    }
    for list in 0..count {
        begins[list + 1] += begins[list];
    }
    begins
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exporting::fixtures::{flow, span};

    #[test]
    fn children_stand_in_the_order_in_which_they_began() {
        let spans = [None, Some(0), Some(1), Some(0), Some(99)].map(|parent| span("f", parent));
        let children = Children::of(&flow(spans));
        assert_eq!(children.roots(), [0, 4]);
        assert_eq!(children.of_span(0), [1, 3]);
        assert_eq!(children.of_span(1), [2]);
        assert!(children.of_span(3).is_empty());
    }

    #[test]
    fn an_empty_flow_has_no_roots() {
        assert!(Children::of(&flow([])).roots().is_empty());
    }
}
