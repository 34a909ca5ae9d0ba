//! Plans the weave of one function, in types of our own between the syntax tree and the output
//! tokens.

use proc_macro2::{Ident, Span};
use quote::ToTokens as _;
use syn::{Attribute, Block, LitStr, Signature, Type};

use crate::parse::detail::{Detail, DetailOption};
use crate::parse::diagnostics::Diagnostics;
use crate::parse::names::NameScope;
use crate::parse::option_values::{ErrorOption, Field, KindOption};
use crate::parse::options::AttributeOptions;
use crate::plan::arguments::{self, Argument};
use crate::plan::called_names::called_names;
use crate::plan::capture::{ArgumentCapture, ReturnCapture, check_names};
use crate::plan::in_place::ResultUse;
use crate::plan::private::RuntimePath;
use crate::plan::return_type::{self, TypeScope};
use crate::plan::shape::{BodyShape, ends_in_future};
use crate::plan::{error_type, futures};

/// The plan for weaving one function.
pub(crate) struct FunctionPlan {
    pub(crate) runtime: RuntimePath,
    pub(crate) call_site: CallSitePlan,
    pub(crate) shape: BodyShape,
    pub(crate) detail: Detail,
    /// True if calls are counted and timed instead of recorded.
    pub(crate) is_profiled: bool,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) capture: ArgumentCapture,
    pub(crate) fields: Vec<Field>,
    /// The test of the returned value for an error; `None` if it cannot be one.
    pub(crate) error_test: Option<ErrorTest>,
    pub(crate) return_capture: ReturnCapture,
    /// True if a returned `None` is captured, and no other value.
    pub(crate) shows_none: bool,
    /// True if spawned work continues the function's flow.
    pub(crate) carries_spawns: bool,
    /// The names around, which tell the calls that spawn.
    pub(crate) names: NameScope,
    /// The way in which the weave treats the returned value.
    pub(crate) result: ResultUse,
    /// True if the compiler infers the type of the error from the whole body.
    pub(crate) infers_error: bool,
    /// `loops = on`, `loops = off`: whether the turns of its loops are flows of their own.
    pub(crate) loops: Option<bool>,
    /// True if an asynchronous body has loops that serve.
    pub(crate) serves: bool,
    /// The type of the value that the span ends with, in a form that a body allows.
    pub(crate) output: Option<Type>,
}

/// The contents of the static that describes the function.
pub(crate) struct CallSitePlan {
    /// The place of the function's name, which gives the file and line.
    pub(crate) place: Span,
    /// The path below the module; `None` where only the compiler knows the code around the
    /// function.
    pub(crate) path: Option<String>,
    pub(crate) name: Option<LitStr>,
    pub(crate) kind: Option<KindOption>,
    /// The names of errors that do not keep a flow.
    pub(crate) ignored: Vec<Ident>,
    /// The names of the functions that it may call, if its calls have no span.
    pub(crate) calls: Option<String>,
}

/// The test of a returned value for an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorTest {
    /// This macro of the runtime.
    Macro(&'static str),
    /// Only the `Display` of the error: see [`error_type`].
    DisplayOnly,
}

/// The code around a function, as far as its plan depends on it.
pub(crate) struct FunctionContext<'a> {
    /// The function's path below its module.
    pub(crate) path: Option<String>,
    /// The types in scope.
    pub(crate) scope: &'a TypeScope,
    /// The modules and functions in scope.
    pub(crate) names: NameScope,
}

impl FunctionPlan {
    /// Plans the weaving of a function; notes options that do not fit it.
    pub(crate) fn new(
        options: AttributeOptions,
        context: FunctionContext<'_>,
        attrs: &[Attribute],
        sig: &Signature,
        body: &Block,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let scope = scope(context.scope, sig, &options);
        let output = output(sig, body);
        let may_fail = may_fail(output, &scope, &options);
        let looks_at_result = may_fail || (options.ret == Some(true) && output.is_some_and(can_be_looked_at));
        let return_capture = ReturnCapture::new(&options);
        let infers_error = may_fail && output.is_some_and(error_type::is_inferred);
        let infers_value =
            return_capture != ReturnCapture::Never && output.is_some_and(error_type::contains_impl_trait);
        let result = match looks_at_result {
            false => ResultUse::Ignored,
            true if infers_error || infers_value => ResultUse::InspectedBehind,
            true => ResultUse::Inspected,
        };
        let shape = BodyShape::of(attrs, sig, body, result);
        let capture = ArgumentCapture::new(&options, shape, sig);
        let arguments = arguments::read(sig, body, shape, |name| capture.includes(name));
        check_names(&options, &arguments, diagnostics);
        check_output(&options, output, may_fail, diagnostics);
        let is_inspected = shape != BodyShape::Guard;
        let detail = match options.detail {
            Some(DetailOption::Fixed(detail)) => detail,
            Some(DetailOption::Auto) | None => Detail::Span,
        };
        Self {
            shape,
            detail,
            is_profiled: options.profiled,
            shows_none: output.is_some_and(is_plain_option)
                && !looks_at_result
                && return_capture == ReturnCapture::Environment,
            return_capture: if is_inspected { return_capture } else { ReturnCapture::Never },
            error_test: output
                .filter(|_| may_fail && is_inspected)
                .map(|output| error_test(options.err, output, &scope)),
            carries_spawns: options.spawns != Some(false),
            names: context.names,
            infers_error,
            result: if is_inspected { result } else { ResultUse::Ignored },
            loops: options.loops,
            serves: false,
            output: output.map(return_type::without_impl_trait),
            capture,
            arguments,
            fields: options.fields,
            runtime: RuntimePath::new(options.krate),
            call_site: CallSitePlan {
                place: options.late.as_ref().map_or_else(|| sig.ident.span(), LitStr::span),
                path: context.path,
                name: options.name,
                kind: options.kind,
                ignored: options.ignored,
                calls: (detail == Detail::Errors).then(|| called_names(sig, body)),
            },
        }
    }

    /// Returns whether a call of the function has a span.
    pub(crate) fn has_span(&self) -> bool {
        self.detail == Detail::Span
    }

    /// Returns the name of the runtime's function whose value stands for a call.
    pub(crate) fn opened_by(&self) -> &'static str {
        match self.has_span() {
            _ if self.is_profiled => self.shape.profiled_by(),
            true => self.shape.opened_by(),
            false => "unrecorded",
        }
    }

    /// Returns whether the plan leaves the function as it is: without a span there are only its
    /// errors to see.
    pub(crate) fn is_empty(&self) -> bool {
        !self.has_span() && self.error_test.is_none()
    }

    /// Returns whether the weave inspects the returned value in every call.
    pub(crate) fn looks_at_result(&self) -> bool {
        self.result.is_inspected()
    }
}

/// Returns whether a value that the function returns may count as an error.
pub(crate) fn returns_error(
    options: &AttributeOptions,
    around: &TypeScope,
    sig: &Signature,
    body: &Block,
) -> bool {
    may_fail(output(sig, body), &scope(around, sig, options), options)
}

fn may_fail(output: Option<&Type>, scope: &TypeScope, options: &AttributeOptions) -> bool {
    output.is_some_and(|ty| return_type::may_fail(ty, scope)) && options.err != Some(ErrorOption::Off)
}

/// Returns the types in scope of a function's return type.
pub(crate) fn scope(around: &TypeScope, sig: &Signature, options: &AttributeOptions) -> TypeScope {
    let mut scope = around.clone();
    scope.generics.extend(sig.generics.type_params().map(|param| param.ident.clone()));
    scope.results.clone_from(&options.results);
    scope.none_is_error = matches!(options.err, Some(ErrorOption::Display | ErrorOption::Debug));
    scope
}

/// Returns the type of the value that the span ends with: the function's, or the output of its
/// future.
pub(crate) fn output<'a>(sig: &'a Signature, body: &Block) -> Option<&'a Type> {
    let ty = return_type::written(&sig.output)?;
    if sig.asyncness.is_none() && ends_in_future(body) { futures::output(ty).or(Some(ty)) } else { Some(ty) }
        .filter(|ty| !return_type::is_never(ty))
}

/// Returns whether inspecting a value of this type leaves the inference of its function unchanged.
fn can_be_looked_at(ty: &Type) -> bool {
    !return_type::is_opaque_function(ty)
}

/// Returns whether this is an option whose value the compiler infers without the returned type.
fn is_plain_option(ty: &Type) -> bool {
    let tokens = |ty: &Type| ty.to_token_stream().to_string();
    return_type::option_content(ty).is_some() && tokens(&return_type::without_impl_trait(ty)) == tokens(ty)
}

/// Reports `err` and `ret` on a function without a value to inspect.
fn check_output(
    options: &AttributeOptions,
    output: Option<&Type>,
    may_fail: bool,
    diagnostics: &mut Diagnostics,
) {
    let wants_errors = matches!(options.err, Some(ErrorOption::Display | ErrorOption::Debug));
    if let Some(span) = options.span_of("err").filter(|_| wants_errors && !may_fail) {
        diagnostics.at(
            span,
            "`err` has no effect: the function returns neither a `Result` nor an `Option`; remove it",
        );
    }
    let Some(span) = options.span_of("ret").filter(|_| options.ret == Some(true)) else { return };
    match output {
        None => diagnostics.at(span, "`ret` has no effect: the function returns nothing; remove it"),
        Some(ty) if !can_be_looked_at(ty) => {
            diagnostics.at(
                span,
                "`ret` cannot capture a closure: the compiler could not infer its arguments; remove it",
            );
        }
        Some(_) => {}
    }
}

fn error_test(err: Option<ErrorOption>, output: &Type, scope: &TypeScope) -> ErrorTest {
    let is_option = return_type::option_content(output).is_some();
    match err {
        Some(ErrorOption::Debug) if !is_option => ErrorTest::Macro("outcome_debug"),
        _ if !is_option && error_type::is_conditional(output, scope) => ErrorTest::DisplayOnly,
        Some(ErrorOption::Display | ErrorOption::Debug) => ErrorTest::Macro("outcome_or_none"),
        Some(ErrorOption::Plain | ErrorOption::Off) | None => ErrorTest::Macro("outcome"),
    }
}
