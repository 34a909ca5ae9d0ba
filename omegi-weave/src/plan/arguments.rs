//! A function's arguments: the variables that each binds, and whether its pattern has to move with
//! the body.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, FnArg, Macro, Pat, PatIdent, PatReference, PatRest, PatType, PatWild, Receiver, ReceiverKind,
    Signature,
};

use crate::parse::attributes;
use crate::plan::{naming, return_type};

/// One argument of a function.
pub(crate) struct Argument {
    /// The conditions under which it exists.
    pub(crate) conditions: Vec<Attribute>,
    /// The lints that its author allows or denies for it.
    pub(crate) lints: Vec<Attribute>,
    /// The variables that it binds.
    pub(crate) names: Vec<Ident>,
    /// True if dropping it may have an effect.
    pub(crate) is_dropped: bool,
    /// Its pattern, if that moves inside the closure.
    pub(crate) inside: Option<Pat>,
    /// True if its pattern leaves a part of it unnamed.
    pub(crate) is_partial: bool,
    /// True if its pattern borrows a part of it mutably.
    pub(crate) is_changed: bool,
    /// True if its pattern fits only a value, not a reference to one.
    pub(crate) is_by_value: bool,
    /// The name for the whole of it.
    pub(crate) whole: Ident,
}

/// Returns the arguments of a function, in order.
///
/// A pattern that leaves a part of its argument unnamed would keep that part outside of a closure.
/// If there is one, all patterns move inside.
pub(crate) fn read(sig: &Signature) -> Vec<Argument> {
    let mut arguments: Vec<_> =
        sig.inputs.iter().enumerate().map(|(index, input)| Argument::read(index, input)).collect();
    if arguments.iter().any(|argument| argument.is_dropped && argument.is_partial) {
        for (argument, input) in arguments.iter_mut().zip(&sig.inputs) {
            argument.move_inside(input);
        }
    }
    arguments
}

impl Argument {
    fn read(index: usize, input: &FnArg) -> Self {
        match input {
            FnArg::Receiver(Receiver { attrs, self_token, kind, .. }) => {
                let name = Ident::new("self", self_token.span);
                Self {
                    conditions: attributes::conditions(attrs),
                    lints: Vec::new(),
                    names: vec![name.clone()],
                    is_dropped: !matches!(kind, ReceiverKind::Reference(..)),
                    inside: None,
                    is_partial: false,
                    is_changed: false,
                    is_by_value: false,
                    whole: name,
                }
            }
            FnArg::Typed(PatType { attrs, pat, ty, .. }) => {
                let PatternBindings { names, is_partial, is_changed, is_by_value } =
                    PatternBindings::read(pat);
                Self {
                    conditions: attributes::conditions(attrs),
                    lints: attributes::unconditional(attrs),
                    names,
                    is_dropped: !return_type::is_inert(ty),
                    inside: None,
                    is_partial,
                    is_changed,
                    is_by_value,
                    whole: name_of_whole(index, pat),
                }
            }
        }
    }

    fn move_inside(&mut self, input: &FnArg) {
        if let FnArg::Typed(typed) = input
            && self.is_dropped
        {
            self.inside = Some((*typed.pat).clone());
        }
    }
}

/// Returns the name of a whole argument whose pattern moves: its own name, if it has just one.
fn name_of_whole(index: usize, pat: &Pat) -> Ident {
    match pat {
        Pat::Ident(PatIdent { by_ref: None, subpat: None, ident, .. }) => ident.clone(),
        _ => format_ident!("__omegi_arg_{index}", span = Span::mixed_site()),
    }
}

/// The variables that a pattern binds, and the way it binds them.
#[derive(Default)]
struct PatternBindings {
    names: Vec<Ident>,
    is_partial: bool,
    is_changed: bool,
    is_by_value: bool,
}

impl PatternBindings {
    fn read(pat: &Pat) -> Self {
        let mut bindings = Self::default();
        bindings.visit_pat_mut(&mut pat.clone());
        bindings
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
        visit_mut::visit_pat_ident_mut(self, node);
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
}
