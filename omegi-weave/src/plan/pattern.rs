//! The variables that a pattern binds.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::visit_mut::{self, VisitMut};
use syn::{FieldPat, Macro, Member, Pat, PatIdent, PatReference, PatRest, PatTupleStruct, PatWild};

use crate::plan::naming;

/// The variables that a pattern binds, and the way it binds them.
#[derive(Default)]
pub(crate) struct PatternBindings {
    pub(crate) names: Vec<Ident>,
    /// The names that it hides behind variables: `pw` of `User { password: pw }`.
    pub(crate) hidden: Vec<(Ident, String)>,
    /// The names of the fields and types around the part of the pattern that is visited.
    around: Vec<String>,
    /// True if a part of the value has no name.
    pub(crate) is_partial: bool,
    /// True if the pattern borrows a part mutably.
    pub(crate) is_changed: bool,
    /// True if the pattern fits only a value, not a reference to one.
    pub(crate) is_by_value: bool,
}

impl PatternBindings {
    /// Reads a pattern.
    pub(crate) fn read(pat: &Pat) -> Self {
        let mut bindings = Self::default();
        bindings.visit_pat_mut(&mut pat.clone());
        bindings
    }

    /// Visits a part of the pattern inside of a name.
    fn visit_around(&mut self, name: Option<String>, visit: impl FnOnce(&mut Self)) {
        let depth = self.around.len();
        self.around.extend(name);
        visit(self);
        self.around.truncate(depth);
    }

    /// Notes the names around a variable.
    fn hide(&mut self, variable: &Ident) {
        let own = variable.unraw().to_string();
        let hidden = self.around.iter().filter(|name| **name != own);
        self.hidden.extend(hidden.map(|name| (variable.clone(), name.clone())));
    }
}

impl VisitMut for PatternBindings {
    fn visit_pat_ident_mut(&mut self, node: &mut PatIdent) {
        self.is_partial |= node.by_ref.is_some();
        self.is_changed |= node.by_ref.is_some() && node.mutability.is_some();
        // A name in upper case is a constant or a unit struct; one in two branches of `a | b` is
        // one variable.
        if !naming::starts_upper_case(&node.ident) && !self.names.contains(&node.ident) {
            self.names.push(node.ident.clone());
        }
        self.hide(&node.ident);
        visit_mut::visit_pat_ident_mut(self, node);
    }

    fn visit_field_pat_mut(&mut self, node: &mut FieldPat) {
        let name = match &node.member {
            Member::Named(name) => Some(name.unraw().to_string()),
            Member::Unnamed(_) => None,
        };
        self.visit_around(name, |bindings| visit_mut::visit_field_pat_mut(bindings, node));
    }

    fn visit_pat_tuple_struct_mut(&mut self, node: &mut PatTupleStruct) {
        // The name of a type with one value is that of the value: `Password(pw)`.
        let segment = node.path.segments.last().filter(|_| node.elems.len() == 1);
        let name = segment.map(|segment| segment.ident.unraw().to_string());
        self.visit_around(name, |bindings| visit_mut::visit_pat_tuple_struct_mut(bindings, node));
    }

    fn visit_pat_wild_mut(&mut self, _: &mut PatWild) {
        self.is_partial = true;
    }

    fn visit_pat_rest_mut(&mut self, _: &mut PatRest) {
        self.is_partial = true;
    }

    // The pattern that a macro expands to is unknown here.
    fn visit_macro_mut(&mut self, _: &mut Macro) {
        self.is_partial = true;
    }

    fn visit_pat_reference_mut(&mut self, node: &mut PatReference) {
        self.is_by_value = true;
        visit_mut::visit_pat_reference_mut(self, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse::Parser as _;

    #[test]
    fn patterns_bind_only_variables() {
        let pat = Pat::parse_single.parse_str("(a, Unit, b @ S { c, .. }, [d, ..])").unwrap();
        assert_eq!(PatternBindings::read(&pat).names, ["a", "b", "c", "d"]);
    }
    #[test]
    fn names_around_variables_are_noted() {
        let pat = "User { password: pw, key, login: Login { secret: Secret(a), n: (b, _) }, r#type: t, .. }";
        let PatternBindings { hidden, .. } =
            PatternBindings::read(&Pat::parse_single.parse_str(pat).unwrap());
        let hidden: Vec<_> = hidden.iter().map(|(name, hidden)| format!("{name}: {hidden}")).collect();
        let expected = ["pw: password", "a: login", "a: secret", "a: Secret", "b: login", "b: n", "t: type"];
        assert_eq!(hidden, expected);
        assert!(
            PatternBindings::read(&Pat::parse_single.parse_str("(a, Pair(b, c))").unwrap()).hidden.is_empty()
        );
    }
}
