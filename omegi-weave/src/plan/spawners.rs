//! Recognises calls that spawn work: on a thread, in a task, or in a thread pool.
//!
//! A wrong guess about a type would break the program. An `async` block or a closure shows by
//! itself that it can be wrapped. For any other expression the function must be known to take a
//! future, or something to call.

use proc_macro2::Ident;
use syn::visit_mut::{self, VisitMut};
use syn::{Block, Expr, ExprCall, FnArg, Item, Local, Pat, PatIdent, PatType, Path, Signature, Type};

use crate::parse::names::{Name, NameScope, Resolved};

/// A way to spawn work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Spawner {
    /// The name of the work in its span's path.
    pub(crate) part: &'static str,
    pub(crate) work: WorkKind,
    pub(crate) joined_by: JoinedBy,
}

/// The kind of work that a call takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WorkKind {
    /// A future.
    Future,
    /// Something to call.
    Callable,
    /// Unknown: only an `async` block is certain to fit.
    AsyncBlock,
    /// Something to call, where only a written closure is certain to fit.
    Closure,
}

/// The way in which the work can be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JoinedBy {
    /// By the handle that the call returns.
    Handle,
    /// In any case: the function, the scope or the set joins it.
    Always,
    /// Nothing can join it.
    Never,
}

const TASK: &str = "{task}";
const THREAD: &str = "{thread}";
const BLOCKING: &str = "{blocking}";
const JOB: &str = "{job}";
const SCOPE: &str = "{scope}";

/// The crates of these functions and types, and those that pass them on.
const CRATES: [&str; 11] = [
    "actix_rt",
    "actix_web",
    "async_std",
    "crossbeam",
    "crossbeam_utils",
    "rayon",
    "rayon_core",
    "rocket",
    "smol",
    "std",
    "tokio",
];

/// Functions, by the last two names of their path.
const FUNCTIONS: [(&str, &str, Spawner); 11] = [
    ("tokio", "spawn", Spawner { part: TASK, work: WorkKind::Future, joined_by: JoinedBy::Handle }),
    ("task", "spawn", Spawner { part: TASK, work: WorkKind::Future, joined_by: JoinedBy::Handle }),
    ("tokio", "spawn_local", Spawner { part: TASK, work: WorkKind::Future, joined_by: JoinedBy::Handle }),
    ("task", "spawn_local", Spawner { part: TASK, work: WorkKind::Future, joined_by: JoinedBy::Handle }),
    (
        "tokio",
        "spawn_blocking",
        Spawner { part: BLOCKING, work: WorkKind::Callable, joined_by: JoinedBy::Handle },
    ),
    (
        "task",
        "spawn_blocking",
        Spawner { part: BLOCKING, work: WorkKind::Callable, joined_by: JoinedBy::Handle },
    ),
    ("thread", "spawn", Spawner { part: THREAD, work: WorkKind::Callable, joined_by: JoinedBy::Handle }),
    ("rayon", "spawn", Spawner { part: JOB, work: WorkKind::Callable, joined_by: JoinedBy::Never }),
    ("rayon", "join", JOIN),
    // rayon calls the scope's closure in the pool as well.
    ("rayon", "scope", Spawner { part: SCOPE, work: WorkKind::Closure, joined_by: JoinedBy::Always }),
    ("rayon", "spawn_fifo", Spawner { part: JOB, work: WorkKind::Callable, joined_by: JoinedBy::Never }),
];

/// `rayon::join`, which takes two functions.
const JOIN: Spawner = Spawner { part: JOB, work: WorkKind::Callable, joined_by: JoinedBy::Always };

/// The modules of these functions, by the names that imports give them.
const MODULES: [&str; 6] = ["async_std", "rayon", "rt", "task", "thread", "tokio"];

/// The types of these methods.
const TYPES: [&str; 2] = ["Builder", "JoinSet"];

/// Functions that call a closure with a scope, and join the work that the scope's `spawn` starts.
const SCOPES: [(&str, &str, &str); 3] =
    [("thread", "scope", THREAD), ("rayon", "scope", JOB), ("rayon", "in_place_scope", JOB)];

/// Methods that may spawn work.
const METHODS: [&str; 5] = ["spawn", "spawn_local", "spawn_blocking", "spawn_on", "spawn_local_on"];

/// Returns the spawner that `call` calls, if it is a known function.
pub(crate) fn function(call: &ExprCall, names: &NameScope) -> Option<Spawner> {
    let spawner = named_function(&called(call, names)?)?;
    let arguments = if spawner == JOIN { 2 } else { 1 };
    (call.args.len() == arguments).then_some(spawner)
}

/// Returns the name of work in the scope that `call` opens, if it opens one.
pub(crate) fn scope(call: &ExprCall, names: &NameScope) -> Option<&'static str> {
    named_scope(&called(call, names)?)
}

/// Returns whether a method of this name may spawn work.
pub(crate) fn is_method(name: &Ident) -> bool {
    METHODS.iter().any(|method| name == method)
}

/// Returns the names of a module that lead elsewhere than they seem to: `task` if that is a module
/// of the crate's own, `go` if it is a function of tokio's.
pub(crate) fn unusual_names(names: &NameScope) -> Vec<Name> {
    let seen = |(name, item)| match item {
        Resolved::Unknown(path) if is_known(&path) => (name, Resolved::OtherCrate(path)),
        item => (name, item),
    };
    let declared = names.declared().into_iter().map(seen).filter(|(name, item)| is_unusual(name, item));
    declared.map(|(name, item)| Name::of(name, item)).collect()
}

fn is_unusual(name: &str, item: &Resolved) -> bool {
    let seems_known = seems_known(name);
    match item {
        Resolved::OtherCrate(path) if is_known(path) => {
            let is_function = named_function(path).is_some() || named_scope(path).is_some();
            let last = path.last().map(String::as_str);
            let is_module = last.is_some_and(|last| MODULES.contains(&last));
            let is_usual = last == Some(name) && (is_module || known_type(path).is_some());
            is_function || ((is_module || seems_known) && !is_usual)
        }
        Resolved::Unknown(path) => seems_known && *path != [name],
        Resolved::Own | Resolved::OtherCrate(_) => seems_known,
    }
}

/// Returns the path of the function of another crate that `call` calls: its last two names at
/// least.
fn called(call: &ExprCall, names: &NameScope) -> Option<Vec<String>> {
    let Expr::Path(function) = &*call.func else { return None };
    let has_arguments = function.path.segments.last().is_none_or(|last| !last.arguments.is_none());
    if has_arguments || function.qself.is_some() { None } else { of_known_crate(&function.path, names) }
}

/// Returns the path of a function, if it leads into a known crate. Where that stays unseen, the
/// usual ways to write it decide: a module and a name in it.
fn of_known_crate(path: &Path, names: &NameScope) -> Option<Vec<String>> {
    in_known_crate(path, names).filter(|path| is_known(path) || path.len() == 2)
}

/// Returns a path, unless it leads elsewhere than into a known crate.
fn in_known_crate(path: &Path, names: &NameScope) -> Option<Vec<String>> {
    match names.resolve(path) {
        Resolved::OtherCrate(path) => is_known(&path).then_some(path),
        Resolved::Own => None,
        Resolved::Unknown(path) => (is_known(&path) || seems_known(&path[0])).then_some(path),
    }
}

/// Returns whether an unseen item of this name is probably one of these modules or types.
fn seems_known(name: &str) -> bool {
    MODULES.iter().chain(&TYPES).any(|known| *known == name)
}

fn is_known(path: &[String]) -> bool {
    CRATES.iter().any(|krate| path.first().is_some_and(|first| first == krate))
}

fn named_function(path: &[String]) -> Option<Spawner> {
    let [.., before, last] = path else { return None };
    let mut functions = FUNCTIONS.iter();
    functions.find(|(module, name, _)| before == module && last == name).map(|(.., spawner)| *spawner)
}

fn named_scope(path: &[String]) -> Option<&'static str> {
    let [.., before, last] = path else { return None };
    SCOPES.iter().find(|(module, name, _)| before == module && last == name).map(|(.., part)| *part)
}

/// The variables of a function whose `spawn` is known.
pub(crate) struct SpawnReceivers {
    /// The names around the function.
    names: NameScope,
    /// Every variable with its type, once for each binding.
    bound: Vec<(Ident, Option<KnownReceiver>)>,
    /// The scopes that are open.
    scopes: Vec<(Ident, &'static str)>,
}

/// A type whose `spawn` is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KnownReceiver {
    JoinSet,
    ThreadBuilder,
}

impl SpawnReceivers {
    pub(crate) fn read(sig: &mut Signature, body: &mut Block, names: &NameScope) -> Self {
        let names = names.in_block(body);
        let mut receivers = Self { names, bound: Vec::new(), scopes: Vec::new() };
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

    /// Returns the spawner that the method `name` of `receiver` is.
    pub(crate) fn spawner(&self, receiver: &Expr, name: &Ident) -> Spawner {
        if let Some(part) = self.scope(receiver).filter(|_| name == "spawn") {
            return Spawner { part, work: WorkKind::Closure, joined_by: JoinedBy::Always };
        }
        match self.receiver(receiver) {
            Some(KnownReceiver::JoinSet) if name == "spawn_blocking" => {
                Spawner { part: BLOCKING, work: WorkKind::Callable, joined_by: JoinedBy::Always }
            }
            Some(KnownReceiver::JoinSet) => {
                Spawner { part: TASK, work: WorkKind::Future, joined_by: JoinedBy::Always }
            }
            Some(KnownReceiver::ThreadBuilder) if name == "spawn" => {
                Spawner { part: THREAD, work: WorkKind::Closure, joined_by: JoinedBy::Handle }
            }
            _ => Spawner { part: TASK, work: WorkKind::AsyncBlock, joined_by: JoinedBy::Handle },
        }
    }

    /// Returns the name of work in `receiver`, if that is a scope.
    pub(crate) fn scope(&self, receiver: &Expr) -> Option<&'static str> {
        let name = variable(receiver)?;
        self.scopes.iter().rev().find(|(scope, _)| scope == name).map(|(_, part)| *part)
    }

    /// Returns the type of an expression; of a variable only if every variable of that name has it.
    fn receiver(&self, expr: &Expr) -> Option<KnownReceiver> {
        let Some(name) = variable(expr) else { return made(expr, &self.names) };
        let mut bound = self.bound.iter().filter(|(bound, _)| bound == name).map(|(_, receiver)| *receiver);
        let first = bound.next()??;
        bound.all(|receiver| receiver == Some(first)).then_some(first)
    }

    fn bind(&mut self, pat: &Pat, receiver: Option<KnownReceiver>) {
        if let Pat::Ident(pat) = pat {
            self.bound.push((pat.ident.clone(), receiver));
        }
    }
}

impl VisitMut for SpawnReceivers {
    fn visit_fn_arg_mut(&mut self, node: &mut FnArg) {
        if let FnArg::Typed(PatType { pat, ty, .. }) = node {
            let receiver = typed(ty, &self.names);
            self.bind(pat, receiver);
        }
    }

    fn visit_local_mut(&mut self, node: &mut Local) {
        let made = node.init.as_ref().and_then(|init| made(&init.expr, &self.names));
        match &node.pat {
            Pat::Type(PatType { pat, ty, .. }) => self.bind(pat, typed(ty, &self.names).or(made)),
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

/// Returns the name of a variable, if `expr` is one.
fn variable(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Path(path) => path.path.get_ident(),
        Expr::Paren(paren) => variable(&paren.expr),
        Expr::Group(group) => variable(&group.expr),
        _ => None,
    }
}

/// Recognises the written type of a variable.
fn typed(ty: &Type, names: &NameScope) -> Option<KnownReceiver> {
    match ty {
        Type::Reference(ty) => typed(&ty.elem, names),
        Type::Path(ty) => {
            let known = known_type(&in_known_crate(&ty.path, names)?);
            known.filter(|known| *known == KnownReceiver::JoinSet)
        }
        _ => None,
    }
}

/// Recognises constructors: `JoinSet::new()`, `thread::Builder::new().name(…)`.
fn made(expr: &Expr, names: &NameScope) -> Option<KnownReceiver> {
    match expr {
        Expr::MethodCall(call) => made(&call.receiver, names)
            .filter(|made| *made == KnownReceiver::ThreadBuilder && !is_method(&call.method)),
        Expr::Call(call) => match &*call.func {
            Expr::Path(function) => constructed(&in_known_crate(&function.path, names)?),
            _ => None,
        },
        _ => None,
    }
}

fn constructed(function: &[String]) -> Option<KnownReceiver> {
    let (constructor, ty) = function.split_last()?;
    let is_default = constructor == "default";
    let made = known_type(ty).filter(|_| is_default || constructor == "new");
    made.filter(|made| !is_default || *made == KnownReceiver::JoinSet)
}

fn known_type(path: &[String]) -> Option<KnownReceiver> {
    let (name, module) = path.split_last()?;
    let is_of_threads = module.last().is_none_or(|module| module == "thread");
    match name.as_str() {
        "JoinSet" => Some(KnownReceiver::JoinSet),
        "Builder" if is_of_threads => Some(KnownReceiver::ThreadBuilder),
        _ => None,
    }
}
