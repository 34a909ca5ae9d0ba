//! What starts work elsewhere: the functions and methods that are known to, recognised by how they are written.
//!
//! Nothing here may be mistaken about a type. What is written out, an `async` block or a closure, goes into whatever takes
//! it; of any other expression it must be certain that the function takes a future, or something to call.

use proc_macro2::Ident;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprCall, FnArg, Item, Local, Pat, PatIdent, PatType, Path, Signature, Type};

/// A way to start work elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spawner {
    /// What the work is called in its span's path.
    pub(crate) part: &'static str,
    pub(crate) takes: Takes,
    pub(crate) waits: Waits,
}

/// What is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// A future.
    Future,
    /// Something to call.
    Call,
    /// Nobody knows: only an `async` block is certain to be what it takes.
    Block,
    /// Only a closure that is written out is certain to be what it takes.
    Closure,
}

/// Who waits for the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waits {
    /// Who has what the call returns.
    Holder,
    /// Somebody, in any case.
    Somebody,
    /// Nobody.
    Nobody,
}

const TASK: &str = "{task}";
const THREAD: &str = "{thread}";
const BLOCKING: &str = "{blocking}";
const JOB: &str = "{job}";
const SCOPE: &str = "{scope}";

/// Functions, by the last two names of their path.
const FUNCTIONS: [(&str, &str, Spawner); 11] = [
    ("tokio", "spawn", Spawner { part: TASK, takes: Takes::Future, waits: Waits::Holder }),
    ("task", "spawn", Spawner { part: TASK, takes: Takes::Future, waits: Waits::Holder }),
    ("tokio", "spawn_local", Spawner { part: TASK, takes: Takes::Future, waits: Waits::Holder }),
    ("task", "spawn_local", Spawner { part: TASK, takes: Takes::Future, waits: Waits::Holder }),
    ("tokio", "spawn_blocking", Spawner { part: BLOCKING, takes: Takes::Call, waits: Waits::Holder }),
    ("task", "spawn_blocking", Spawner { part: BLOCKING, takes: Takes::Call, waits: Waits::Holder }),
    ("thread", "spawn", Spawner { part: THREAD, takes: Takes::Call, waits: Waits::Holder }),
    ("rayon", "spawn", Spawner { part: JOB, takes: Takes::Call, waits: Waits::Nobody }),
    ("rayon", "join", Spawner { part: JOB, takes: Takes::Call, waits: Waits::Somebody }),
    // What is in the scope is called in the pool as well.
    ("rayon", "scope", Spawner { part: SCOPE, takes: Takes::Closure, waits: Waits::Somebody }),
    ("rayon", "spawn_fifo", Spawner { part: JOB, takes: Takes::Call, waits: Waits::Nobody }),
];

/// Functions that call a closure with a scope, whose `spawn` starts work that they wait for.
const SCOPES: [(&str, &str, &str); 3] =
    [("thread", "scope", THREAD), ("rayon", "scope", JOB), ("rayon", "in_place_scope", JOB)];

/// Methods that may start work elsewhere.
const METHODS: [&str; 5] = ["spawn", "spawn_local", "spawn_blocking", "spawn_on", "spawn_local_on"];

/// The function that `call` is of, if it starts work elsewhere.
pub(crate) fn function(call: &ExprCall) -> Option<Spawner> {
    let (before, last) = last_names(&call.func)?;
    let (.., spawner) = FUNCTIONS.iter().find(|(module, name, _)| before == module && last == name)?;
    let takes = if last == "join" { 2 } else { 1 };
    (call.args.len() == takes).then_some(*spawner)
}

/// What is started in the scope that `call` opens, if it opens one.
pub(crate) fn scope(call: &ExprCall) -> Option<&'static str> {
    let (before, last) = last_names(&call.func)?;
    SCOPES.iter().find(|(module, name, _)| before == module && last == name).map(|(.., part)| *part)
}

/// Whether a method of this name may start work elsewhere.
pub(crate) fn is_method(name: &Ident) -> bool {
    METHODS.iter().any(|method| name == method)
}

/// The last two names of a path to somebody else's function.
fn last_names(function: &Expr) -> Option<(&Ident, &Ident)> {
    let Expr::Path(path) = function else { return None };
    let segments = &path.path.segments;
    let is_own = ["crate", "self", "super", "Self"].iter().any(|own| segments[0].ident == own);
    let mut last = segments.iter().rev();
    let (name, module) = (last.next()?, last.next()?);
    (!is_own && name.arguments.is_none()).then_some((&module.ident, &name.ident))
}

/// The variables of a function whose `spawn` is known.
#[derive(Default)]
pub(crate) struct Receivers {
    /// Every variable, and what it is; once for each place that binds it.
    bound: Vec<(Ident, Option<Receiver>)>,
    /// The scopes that are open.
    scopes: Vec<(Ident, &'static str)>,
}

/// What something is whose `spawn` is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Receiver {
    JoinSet,
    ThreadBuilder,
}

impl Receivers {
    pub(crate) fn read(sig: &mut Signature, body: &mut Block) -> Self {
        let mut receivers = Self::default();
        receivers.visit_signature_mut(sig);
        receivers.visit_block_mut(body);
        receivers
    }

    /// Opens a scope; [`leave`](Self::leave) closes it.
    pub(crate) fn enter(&mut self, scope: Ident, part: &'static str) {
        self.scopes.push((scope, part));
    }

    /// Closes the innermost scope.
    pub(crate) fn leave(&mut self) {
        self.scopes.pop();
    }

    /// What is started by the method `name` of `receiver`.
    pub(crate) fn spawner(&self, receiver: &Expr, name: &Ident) -> Spawner {
        if let Some(part) = self.scope(receiver).filter(|_| name == "spawn") {
            return Spawner { part, takes: Takes::Closure, waits: Waits::Somebody };
        }
        match self.receiver(receiver) {
            Some(Receiver::JoinSet) if name == "spawn_blocking" => {
                Spawner { part: BLOCKING, takes: Takes::Call, waits: Waits::Somebody }
            }
            Some(Receiver::JoinSet) => Spawner { part: TASK, takes: Takes::Future, waits: Waits::Somebody },
            Some(Receiver::ThreadBuilder) if name == "spawn" => {
                Spawner { part: THREAD, takes: Takes::Closure, waits: Waits::Holder }
            }
            _ => Spawner { part: TASK, takes: Takes::Block, waits: Waits::Holder },
        }
    }

    /// What is started in `receiver`, if that is a scope.
    pub(crate) fn scope(&self, receiver: &Expr) -> Option<&'static str> {
        let name = variable(receiver)?;
        self.scopes.iter().rev().find(|(scope, _)| scope == name).map(|(_, part)| *part)
    }

    /// What an expression is. A variable is so only if every variable of that name is.
    fn receiver(&self, expr: &Expr) -> Option<Receiver> {
        let Some(name) = variable(expr) else { return made(expr) };
        let mut bound = self.bound.iter().filter(|(bound, _)| bound == name).map(|(_, receiver)| *receiver);
        let first = bound.next()??;
        bound.all(|receiver| receiver == Some(first)).then_some(first)
    }

    fn bind(&mut self, pat: &Pat, receiver: Option<Receiver>) {
        if let Pat::Ident(pat) = pat {
            self.bound.push((pat.ident.clone(), receiver));
        }
    }
}

impl VisitMut for Receivers {
    fn visit_fn_arg_mut(&mut self, node: &mut FnArg) {
        if let FnArg::Typed(PatType { pat, ty, .. }) = node {
            self.bind(pat, typed(ty));
        }
    }

    fn visit_local_mut(&mut self, node: &mut Local) {
        let made = node.init.as_ref().and_then(|init| made(&init.expr));
        match &node.pat {
            Pat::Type(PatType { pat, ty, .. }) => self.bind(pat, typed(ty).or(made)),
            pat => self.bind(pat, made),
        }
        if let Some(init) = &mut node.init {
            visit_mut::visit_local_init_mut(self, init);
        }
        if !matches!(node.pat, Pat::Ident(_) | Pat::Type(_)) {
            visit_mut::visit_pat_mut(self, &mut node.pat);
        }
    }

    fn visit_pat_ident_mut(&mut self, node: &mut PatIdent) {
        self.bound.push((node.ident.clone(), None));
        visit_mut::visit_pat_ident_mut(self, node);
    }

    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// The name of a variable, if that is what `expr` is.
fn variable(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Paren(paren) => variable(&paren.expr),
        Expr::Group(group) => variable(&group.expr),
        _ => None,
    }
}

/// What the type of a variable says that it is.
fn typed(ty: &Type) -> Option<Receiver> {
    match ty {
        Type::Reference(ty) => typed(&ty.elem),
        Type::Path(ty) => (ty.path.segments.last()?.ident == "JoinSet").then_some(Receiver::JoinSet),
        _ => None,
    }
}

/// What an expression makes: `JoinSet::new()`, `thread::Builder::new().name(…)`.
fn made(expr: &Expr) -> Option<Receiver> {
    match expr {
        Expr::MethodCall(call) => {
            made(&call.receiver).filter(|made| *made == Receiver::ThreadBuilder && !is_method(&call.method))
        }
        Expr::Call(call) => match &*call.func {
            Expr::Path(function) => constructed(&function.path),
            _ => None,
        },
        _ => None,
    }
}

fn constructed(function: &Path) -> Option<Receiver> {
    let mut last = function.segments.iter().rev();
    let (constructor, ty) = (last.next()?, last.next()?);
    let module = last.next();
    if ty.ident == "JoinSet" && (constructor.ident == "new" || constructor.ident == "default") {
        Some(Receiver::JoinSet)
    } else if ty.ident == "Builder"
        && constructor.ident == "new"
        && module.is_none_or(|module| module.ident == "thread")
    {
        Some(Receiver::ThreadBuilder)
    } else {
        None
    }
}
