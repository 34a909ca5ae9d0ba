//! Decides how one function is woven: our own words between the syntax tree that comes in and the tokens that go out.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt as _;
use syn::{Attribute, Block, LitStr, ReturnType, Signature, Type};

use crate::arguments::{self, Argument};
use crate::ctxt::Errors;
use crate::options::{Args, Failure, Field, Kind, Options};
use crate::private::Private;
use crate::returns::{self, Scope};
use crate::{attributes, error_type, flat, futures, suggest};

/// How one function is woven.
pub(crate) struct Plan {
    pub(crate) private: Private,
    pub(crate) site: Site,
    pub(crate) shape: Shape,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) capture: Capture,
    pub(crate) fields: Vec<Field>,
    /// How the returned value is asked; `None` if it cannot say that the call failed.
    pub(crate) outcome: Option<Asked>,
    pub(crate) returned: Returned,
    /// Whether what the function starts elsewhere goes on in its flow.
    pub(crate) carries_spawns: bool,
    /// The type of the value that the span ends with, as it can be written inside a body.
    pub(crate) output: Option<Type>,
}

/// The words of the static that describes the function.
pub(crate) struct Site {
    /// The function's own name: what file and line are those of.
    pub(crate) ident: Ident,
    /// The path below the module; `None` where only the compiler knows what is around the function.
    pub(crate) path: Option<String>,
    pub(crate) name: Option<LitStr>,
    pub(crate) kind: Option<Kind>,
    /// The names of errors that are no reason to keep a flow.
    pub(crate) ignored: Vec<Ident>,
}

/// What the weave makes of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A guard before the body.
    Guard,
    /// A guard, and the body in a closure, so that what it returns is seen however it returns.
    Closure,
    /// A guard, and a look at every value that the body returns where one can see that: where a closure cannot be.
    Returns,
    /// A span in an `async fn`'s own future, and a look at everything by which its body waits or ends.
    Async,
    /// The same as a closure for an `async fn` where something may hide: the body in a future.
    Nested,
    /// The same for the `async` blocks that a function returns.
    AsyncBlock,
}

impl Shape {
    /// The runtime's function that opens the span.
    pub(crate) const fn opened_by(self) -> &'static str {
        match self {
            Self::Guard | Self::Closure | Self::Returns => "enter",
            Self::Async | Self::Nested | Self::AsyncBlock => "task",
        }
    }

    /// The type of what that returns.
    pub(crate) const fn span_type(self) -> &'static str {
        match self {
            Self::Guard | Self::Closure | Self::Returns => "SpanGuard",
            Self::Async | Self::Nested | Self::AsyncBlock => "TaskSpan",
        }
    }

    /// Whether the arguments follow the body to where it goes.
    pub(crate) const fn takes_arguments(self) -> bool {
        matches!(self, Self::Closure | Self::Nested)
    }
}

/// Which arguments are captured, and when.
pub(crate) struct Capture {
    /// The span's method that says whether; `None`: never.
    pub(crate) when: Option<&'static str>,
    which: Which,
    /// Whether only those are certainly there to be captured that an `async` block takes whole.
    pub(crate) only_taken: bool,
}

enum Which {
    Named(Vec<Ident>),
    Except(Vec<Ident>),
}

/// How a returned value is asked whether it is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// By this macro of the runtime.
    By(&'static str),
    /// Only for what it displays: see [`error_type`].
    ForDisplay,
}

/// Whether the returned value is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Returned {
    /// Never.
    Never,
    /// If the environment asks for it.
    Environment,
    /// Always.
    Always,
}

/// What is known about a function from around it.
pub(crate) struct Around<'a> {
    /// Its path below its module.
    pub(crate) path: Option<String>,
    /// The names in scope.
    pub(crate) scope: &'a Scope,
}

impl Plan {
    /// Plans the weaving of a function, noting options that do not fit it.
    pub(crate) fn new(
        options: Options,
        around: Around<'_>,
        attrs: &[Attribute],
        sig: &Signature,
        body: &Block,
        errors: &mut Errors,
    ) -> Self {
        let scope = scope(around.scope, sig, &options);
        let output = output(sig, body);
        let may_fail =
            output.is_some_and(|ty| returns::may_fail(ty, &scope)) && options.err != Some(Failure::Off);
        let arguments = arguments::read(sig);
        check_names(&options, &arguments, errors);
        check_output(&options, output, may_fail, errors);
        let looks_at_result = may_fail || (options.ret == Some(true) && output.is_some_and(can_be_looked_at));
        let shape = shape(attrs, sig, body, looks_at_result);
        Self {
            shape,
            outcome: output.filter(|_| may_fail).map(|output| asked(options.err, output, &scope)),
            returned: returned(&options),
            carries_spawns: options.spawns != Some(false),
            output: output.map(returns::without_impl_trait),
            capture: Capture::new(&options, shape, sig),
            arguments,
            fields: options.fields,
            private: Private::new(options.krate),
            site: Site {
                ident: sig.ident.clone(),
                path: around.path,
                name: options.name,
                kind: options.kind,
                ignored: options.ignored,
            },
        }
    }
}

fn scope(around: &Scope, sig: &Signature, options: &Options) -> Scope {
    let mut scope = around.clone();
    scope.generics.extend(sig.generics.type_params().map(|param| param.ident.clone()));
    scope.results.clone_from(&options.results);
    scope.none_is_error = matches!(options.err, Some(Failure::Display | Failure::Debug));
    scope
}

/// The type of the value that the span ends with: what the function returns, or what its future is ready with.
fn output<'a>(sig: &'a Signature, body: &Block) -> Option<&'a Type> {
    let ty = returns::written(&sig.output)?;
    if sig.asyncness.is_none() && ends_in_future(body) { futures::output(ty).or(Some(ty)) } else { Some(ty) }
        .filter(|ty| !returns::is_never(ty))
}

/// Whether a value of this type can be looked at without a change to how its function is understood.
fn can_be_looked_at(ty: &Type) -> bool {
    !returns::is_opaque_function(ty)
}

fn shape(attrs: &[Attribute], sig: &Signature, body: &Block, looks_at_result: bool) -> Shape {
    if sig.asyncness.is_some() {
        if flat::fits(body, looks_at_result) { Shape::Async } else { Shape::Nested }
    } else if ends_in_future(body) && returns_future(&sig.output) {
        Shape::AsyncBlock
    } else if !looks_at_result {
        Shape::Guard
    } else if is_caller_tracked(attrs) {
        Shape::Returns
    } else {
        Shape::Closure
    }
}

fn ends_in_future(body: &Block) -> bool {
    !futures::blocks_at_end(body).is_empty()
}

fn returns_future(output: &ReturnType) -> bool {
    returns::written(output).and_then(futures::output).is_some()
}

/// In a closure, the caller's location would be ours.
fn is_caller_tracked(attrs: &[Attribute]) -> bool {
    attributes::names(attrs).iter().any(|name| name == "track_caller")
}

fn asked(err: Option<Failure>, output: &Type, scope: &Scope) -> Asked {
    let is_option = returns::option_content(output).is_some();
    match err {
        Some(Failure::Debug) if !is_option => Asked::By("outcome_debug"),
        _ if !is_option && error_type::is_conditional(output, scope) => Asked::ForDisplay,
        Some(Failure::Display | Failure::Debug) => Asked::By("outcome_or_none"),
        Some(Failure::Plain | Failure::Off) | None => Asked::By("outcome"),
    }
}

fn returned(options: &Options) -> Returned {
    match (options.ret, &options.args) {
        (Some(true), _) => Returned::Always,
        (Some(false), _) | (None, Some(Args::Off)) => Returned::Never,
        (None, _) => Returned::Environment,
    }
}

impl Capture {
    fn new(options: &Options, shape: Shape, sig: &Signature) -> Self {
        let only_taken = shape == Shape::AsyncBlock && !by_async_trait(sig);
        let when = match &options.args {
            Some(Args::Always | Args::Named(_)) => Some("is_recording"),
            Some(Args::Sampled) => Some("is_sampled"),
            Some(Args::Off) => None,
            None => Some("wants_arguments"),
        };
        let which = match &options.args {
            Some(Args::Named(names)) => Which::Named(names.clone()),
            _ => Which::Except(options.skip.clone()),
        };
        Self { when, which, only_taken }
    }

    /// Whether the argument `name` is captured.
    pub(crate) fn wants(&self, name: &Ident) -> bool {
        match &self.which {
            Which::Named(names) => names.contains(name),
            Which::Except(names) => {
                !names.contains(name) && name != "self" && !arguments::is_underscored(name)
            }
        }
    }
}

/// Whether async-trait wrote this function: then its `async` block owns all arguments. In other blocks an argument
/// may not be there any more, or naming it would make the future borrow what it did not.
fn by_async_trait(sig: &Signature) -> bool {
    sig.generics.lifetimes().any(|param| param.lifetime.ident == "async_trait")
}

/// Notes names in `skip(…)` and `args(…)` that no argument has.
fn check_names(options: &Options, arguments: &[Argument], errors: &mut Errors) {
    let named = match &options.args {
        Some(Args::Named(names)) => names.as_slice(),
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
        errors.at(
            name.span(),
            format!("the function has no argument `{}`{suggestion} ({arguments})", name.unraw()),
        );
    }
}

/// Notes `err` and `ret` where there is nothing to look at.
fn check_output(options: &Options, output: Option<&Type>, may_fail: bool, errors: &mut Errors) {
    let asks_for_errors = matches!(options.err, Some(Failure::Display | Failure::Debug));
    if let Some(span) = options.span_of("err").filter(|_| asks_for_errors && !may_fail) {
        errors.at(span, "`err` finds nothing here: the function returns neither a `Result` nor an `Option`");
    }
    let Some(span) = options.span_of("ret").filter(|_| options.ret == Some(true)) else { return };
    match output {
        None => errors.at(span, "`ret` finds nothing here: the function returns nothing"),
        Some(ty) if !can_be_looked_at(ty) => {
            errors.at(
                span,
                "`ret` finds nothing here: a closure is opaque, and could not be inferred any more",
            );
        }
        Some(_) => {}
    }
}

/// The span of generated names: they cannot clash with the user's.
pub(crate) fn hygienic(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}
