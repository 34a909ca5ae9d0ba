//! Decides which arguments and return values are captured.

use proc_macro2::Ident;
use syn::Signature;
use syn::ext::IdentExt as _;

use crate::parse::diagnostics::Diagnostics;
use crate::parse::option_values::ArgsOption;
use crate::parse::options::AttributeOptions;
use crate::parse::suggest;
use crate::plan::arguments::Argument;
use crate::plan::naming;
use crate::plan::shape::BodyShape;

/// The arguments to capture, and the condition for it.
pub(crate) struct ArgumentCapture {
    /// The span's method that returns whether to capture; `None`: never.
    pub(crate) when: Option<&'static str>,
    selection: Selection,
    /// True if only those arguments are certain to exist that an `async` block takes whole.
    pub(crate) only_taken: bool,
}

/// The span's method that returns whether the environment asks for arguments.
const BY_ENVIRONMENT: &str = "wants_arguments";

enum Selection {
    Named(Vec<Ident>),
    Except(Vec<Ident>),
}

/// The condition under which the returned value is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReturnCapture {
    /// Never.
    Never,
    /// If the environment asks for it.
    Environment,
    /// Always.
    Always,
}

impl ArgumentCapture {
    /// Decides from a function's options.
    pub(crate) fn new(options: &AttributeOptions, shape: BodyShape, sig: &Signature) -> Self {
        let only_taken = shape == BodyShape::AsyncBlock && !by_async_trait(sig);
        let when = match &options.args {
            Some(ArgsOption::Always | ArgsOption::Named(_)) => Some("is_recording"),
            Some(ArgsOption::Sampled) => Some("is_sampled"),
            Some(ArgsOption::Off) => None,
            None => Some(BY_ENVIRONMENT),
        };
        let selection = match &options.args {
            Some(ArgsOption::Named(names)) => Selection::Named(names.clone()),
            _ => Selection::Except(options.skip.clone()),
        };
        Self { when, selection, only_taken }
    }

    /// Returns whether the argument `name` is captured.
    pub(crate) fn includes(&self, name: &Ident) -> bool {
        self.when.is_some() && self.selects(name)
    }

    /// Returns whether the user asked for arguments in the function's options.
    pub(crate) fn is_asked_for(&self) -> bool {
        self.when.is_some_and(|when| when != BY_ENVIRONMENT)
    }

    fn selects(&self, name: &Ident) -> bool {
        match &self.selection {
            Selection::Named(names) => names.contains(name),
            Selection::Except(names) => {
                !names.contains(name) && name != "self" && !naming::is_underscored(name)
            }
        }
    }
}

/// Returns whether async-trait wrote this function: its `async` block owns all arguments.
///
/// In another block an argument may be moved already, or a use would make the future borrow it.
fn by_async_trait(sig: &Signature) -> bool {
    sig.generics.lifetimes().any(|param| param.lifetime.ident == "async_trait")
}

impl ReturnCapture {
    /// Decides from a function's options.
    pub(crate) fn new(options: &AttributeOptions) -> Self {
        match (options.ret, &options.args) {
            (Some(true), _) => Self::Always,
            (Some(false), _) | (None, Some(ArgsOption::Off)) => Self::Never,
            (None, _) => Self::Environment,
        }
    }
}

/// Notes names in `skip(…)` and `args(…)` that no argument has.
pub(crate) fn check_names(options: &AttributeOptions, arguments: &[Argument], diagnostics: &mut Diagnostics) {
    let named = match &options.args {
        Some(ArgsOption::Named(names)) => names.as_slice(),
        _ => &[],
    };
    let known: Vec<_> = arguments.iter().flat_map(|argument| &argument.names).map(Ident::to_string).collect();
    for name in options.skip.iter().chain(named).filter(|name| !known.contains(&name.to_string())) {
        let typed = name.to_string();
        let suggestion = suggest::did_you_mean(&typed, known.iter().map(String::as_str));
        let arguments = match known.as_slice() {
            [] => "it has none".to_owned(),
            names => format!("it has {}", suggest::quoted(names.iter().map(String::as_str))),
        };
        diagnostics.at(
            name.span(),
            format!("the function has no argument `{}`{suggestion} ({arguments})", name.unraw()),
        );
    }
}
