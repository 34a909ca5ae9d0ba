//! A function's arguments: the variables that each binds, and whether its pattern has to move into
//! the body.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::{Attribute, Block, FnArg, Pat, PatIdent, PatType, Receiver, ReceiverKind, Signature};

use crate::parse::attributes;
use crate::plan::pattern::PatternBindings;
use crate::plan::shape::BodyShape;
use crate::plan::usage::{self, Unread};
use crate::plan::{naming, return_type};

/// One argument of a function.
pub(crate) struct Argument {
    /// The conditions under which it exists.
    pub(crate) conditions: Vec<Attribute>,
    /// The lints that its author allows or denies for it.
    pub(crate) lints: Vec<Attribute>,
    /// The variables that it binds.
    pub(crate) names: Vec<Ident>,
    /// The names that its pattern hides behind variables: `pw` of `User { password: pw }`.
    hidden: Vec<(Ident, String)>,
    /// True if it is not `self`.
    pub(crate) has_pattern: bool,
    /// Those of its variables that the body assigns to before it reads them.
    pub(crate) overwritten: Vec<Ident>,
    /// True if dropping it may have an effect.
    pub(crate) is_dropped: bool,
    /// Its pattern, if that moves into the body.
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

/// Returns the arguments of a function, in order. Those that are `captured` are used before the
/// body.
///
/// The pattern of an argument moves into the body for one of two reasons:
///
/// * It leaves a part of its argument unnamed, which would stay outside of a closure.
/// * The body does not use a variable of it. The compiler warns about the variable in the body,
///   whatever uses the argument before.
///
/// Arguments are dropped in order. If one with something to drop moves, all of them do.
pub(crate) fn read(
    sig: &Signature,
    body: &Block,
    shape: BodyShape,
    captured: impl Fn(&Ident) -> bool,
) -> Vec<Argument> {
    let mut arguments = as_written(sig);
    let takes = shape.takes_arguments();
    let is_used_before = |argument: &Argument| {
        argument.has_pattern && (takes && argument.is_dropped || argument.names.iter().any(&captured))
    };
    let Unread { unused, overwritten } =
        if shape == BodyShape::AsyncBlock || !arguments.iter().any(is_used_before) {
            Unread::default()
        } else {
            usage::unread(body, arguments.iter().flat_map(|argument| argument.names.clone()).collect())
        };
    let is_unread = |name: &Ident| {
        !naming::is_underscored(name) && (unused.contains(name) || (takes && overwritten.contains(name)))
    };
    let moves = |argument: &Argument| is_used_before(argument) && argument.names.iter().any(is_unread);
    let moves_all = arguments
        .iter()
        .any(|argument| argument.is_dropped && (takes && argument.is_partial || moves(argument)));
    for (argument, input) in arguments.iter_mut().zip(&sig.inputs) {
        if moves(argument) || (moves_all && argument.is_dropped) {
            argument.move_inside(input);
        }
        argument.overwritten =
            argument.names.iter().filter(|name| overwritten.contains(name)).cloned().collect();
    }
    arguments
}

/// Returns the arguments of a function whose body nothing reads.
pub(crate) fn as_written(sig: &Signature) -> Vec<Argument> {
    sig.inputs.iter().enumerate().map(|(index, input)| Argument::read(index, input)).collect()
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
                    hidden: Vec::new(),
                    has_pattern: false,
                    overwritten: Vec::new(),
                    is_dropped: !matches!(kind, ReceiverKind::Reference(..)),
                    inside: None,
                    is_partial: false,
                    is_changed: false,
                    is_by_value: false,
                    whole: name,
                }
            }
            FnArg::Typed(PatType { attrs, pat, ty, .. }) => {
                let PatternBindings { names, hidden, is_partial, is_changed, is_by_value, .. } =
                    PatternBindings::read(pat);
                Self {
                    conditions: attributes::conditions(attrs),
                    lints: attributes::unconditional(attrs),
                    names,
                    hidden,
                    has_pattern: true,
                    overwritten: Vec::new(),
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

    /// Returns the names of fields and types that the pattern hides behind a variable.
    pub(crate) fn hidden_names(&self, variable: &Ident) -> impl Iterator<Item = &str> {
        self.hidden.iter().filter(move |(name, _)| name == variable).map(|(_, hidden)| &**hidden)
    }

    fn move_inside(&mut self, input: &FnArg) {
        if let FnArg::Typed(typed) = input {
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
