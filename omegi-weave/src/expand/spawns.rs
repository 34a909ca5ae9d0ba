//! Makes spawned work continue the flow that spawned it.
//!
//! A part of the flow goes along with the future or the function that is handed over:
//!
//! ```text
//! tokio::spawn(FUTURE)            tokio::spawn(match FUTURE { __omegi_work => CARRY })
//! thread::spawn(move || BODY)     thread::spawn({
//!                                     let __omegi_fork = FORK;
//!                                     move || { let __omegi_branch = ENTER(__omegi_fork); BODY }
//!                                 })
//!
//! CARRY = (&&::omegi::private::SpawnedWork(&__omegi_work))
//!             .__omegi_future()                         `__omegi_call()` for a function
//!             .carry(__omegi_work, || FORK)
//! FORK = ::omegi::private::fork(SITE, DETACHED)
//! ENTER = ::omegi::private::Fork::enter
//! ```
//!
//! `CARRY` passes on a value that is no future, or no function, unchanged: the call may be one of
//! another function. A `match` keeps the temporaries of its operand as long as they would live. A
//! closure stays a closure, because the compiler infers its arguments from its place. Work is
//! *detached* if nothing can join it: its handle is dropped where it is returned.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Block, Expr, ExprAssign, ExprBlock, ExprCall, ExprClosure, ExprMethodCall, Item, Local, Pat, Signature,
    Stmt, token,
};

use crate::expand::call_site;
use crate::expand::operator::PostfixOperator;
use crate::parse::names::NameScope;
use crate::plan::function::CallSitePlan;
use crate::plan::private::{RuntimePath, hygienic};
use crate::plan::spawners::{self, JoinedBy, SpawnReceivers, Spawner, WorkKind};

/// Gives a part of the flow to all work that the function spawns.
pub(crate) fn carry(
    sig: &mut Signature,
    body: &mut Block,
    site: &CallSitePlan,
    names: &NameScope,
    private: &RuntimePath,
) {
    let receivers = SpawnReceivers::read(sig, body, names);
    let names = names.clone();
    SpawnRewriter { site, private, names, receivers, is_dropped: false }.visit_block_mut(body);
}

struct SpawnRewriter<'a> {
    site: &'a CallSitePlan,
    private: &'a RuntimePath,
    /// The names in scope.
    names: NameScope,
    receivers: SpawnReceivers,
    /// True if the handle that the next spawning call returns is dropped.
    is_dropped: bool,
}

impl SpawnRewriter<'_> {
    /// Notes that the value of `expr` is dropped.
    fn note_dropped(&mut self, expr: &Expr) {
        self.is_dropped = match spawning_call(expr) {
            Expr::Call(call) => spawners::function(call, &self.names).is_some(),
            Expr::MethodCall(call) => spawners::is_method(&call.method) && call.turbofish.is_none(),
            _ => false,
        };
    }

    /// Hands a part of the flow over with `work`, if `spawner` certainly takes it.
    fn hand_over(&self, work: &mut Expr, spawner: Spawner, is_detached: bool, place: Span) {
        let fork = || self.fork(spawner.part, is_detached, place);
        match (work, spawner.work) {
            (Expr::Closure(closure), WorkKind::Callable | WorkKind::Closure)
                if closure.asyncness.is_some() => {}
            (work @ Expr::Closure(_), WorkKind::Callable | WorkKind::Closure) => {
                self.branch_in(work, &fork())
            }
            (Expr::Closure(_), _) => {}
            (work, WorkKind::Future) => self.with_fork("__omegi_future", work, &fork()),
            (work, WorkKind::Callable) if !ends_in_async_block(work) => {
                self.with_fork("__omegi_call", work, &fork());
            }
            (work, WorkKind::AsyncBlock) if ends_in_async_block(work) => {
                self.with_fork("__omegi_future", work, &fork());
            }
            _ => {}
        }
    }

    fn fork(&self, part: &str, is_detached: bool, place: Span) -> TokenStream {
        let (private, fork) = (self.private, hygienic("fork"));
        let site = call_site::of_part(self.site, private, part, place);
        quote!(#private::#fork(#site, #is_detached))
    }

    // Input:
    //     WORK
    //
    // Output:
    //     match WORK {
    //         __omegi_work => {
    //             use ::omegi::private::choices::*;
    //             let __omegi_fork = || FORK;
    //             (&&SpawnedWork(&__omegi_work)).KIND().carry(__omegi_work, __omegi_fork)
    //         }
    //     }
    fn with_fork(&self, kind: &str, work: &mut Expr, fork: &TokenStream) {
        let (private, kind) = (self.private, hygienic(kind));
        let (name, forking) = (hygienic("__omegi_work"), hygienic("__omegi_fork"));
        let carried = quote! {{
            use #private::choices::*;
            let #forking = || #fork;
            (&&#private::SpawnedWork(&#name)).#kind().carry(#name, #forking)
        }};
        let place = work.span();
        let operand = std::mem::replace(work, Expr::PLACEHOLDER);
        let operator = PostfixOperator { attrs: Vec::new(), operand, place };
        *work = operator.matched(None, vec![(quote!(#name), carried)]);
    }

    // Input:
    //     move || BODY
    //
    // Output:
    //     { let __omegi_fork = FORK; move || { let __omegi_branch = ENTER(__omegi_fork); BODY } }
    fn branch_in(&self, work: &mut Expr, fork: &TokenStream) {
        let (private, name, branch) = (self.private, hygienic("__omegi_fork"), hygienic("__omegi_branch"));
        let forked = verbatim(quote!(let #name = #fork;));
        if let Expr::Closure(closure) = work {
            let entered = verbatim(quote!(let #branch = #private::Fork::enter(#name);));
            body_of(closure).stmts.insert(0, entered);
        }
        let closure = Stmt::Expr(std::mem::replace(work, Expr::PLACEHOLDER), None);
        *work = block(vec![forked, closure]);
    }

    /// Visits a closure that is called with a scope as its first argument.
    fn inside_scope(&mut self, work: &mut Expr, part: &'static str) {
        let scope = first_argument(work);
        let is_scope = scope.is_some();
        scope.into_iter().for_each(|scope| self.receivers.enter(scope, part));
        self.visit_expr_mut(work);
        if is_scope {
            self.receivers.leave();
        }
    }
}

impl VisitMut for SpawnRewriter<'_> {
    fn visit_block_mut(&mut self, node: &mut Block) {
        let inside = self.names.in_block(node);
        let around = std::mem::replace(&mut self.names, inside);
        visit_mut::visit_block_mut(self, node);
        self.names = around;
    }

    fn visit_stmt_mut(&mut self, node: &mut Stmt) {
        match node {
            Stmt::Expr(expr, Some(_)) => self.note_dropped(expr),
            Stmt::Local(Local { pat: Pat::Wild(_), init: Some(init), .. }) => self.note_dropped(&init.expr),
            _ => {}
        }
        visit_mut::visit_stmt_mut(self, node);
    }

    fn visit_expr_assign_mut(&mut self, node: &mut ExprAssign) {
        if matches!(*node.left, Expr::Infer(_)) {
            self.note_dropped(&node.right);
        }
        visit_mut::visit_expr_assign_mut(self, node);
    }

    fn visit_expr_call_mut(&mut self, node: &mut ExprCall) {
        if is_drop(&node.func) {
            node.args.iter().for_each(|arg| self.note_dropped(arg));
        }
        let spawner = spawners::function(node, &self.names);
        let is_dropped = spawner.is_some() && std::mem::take(&mut self.is_dropped);
        match (spawners::scope(node, &self.names), node.args.first_mut()) {
            (Some(part), Some(work)) => self.inside_scope(work, part),
            _ => visit_mut::visit_expr_call_mut(self, node),
        }
        if let Some(spawner) = spawner {
            let (is_detached, place) = (is_detached(spawner, is_dropped), node.func.span());
            node.args.iter_mut().for_each(|work| self.hand_over(work, spawner, is_detached, place));
        }
    }

    fn visit_expr_method_call_mut(&mut self, node: &mut ExprMethodCall) {
        if !spawners::is_method(&node.method) || node.turbofish.is_some() {
            return visit_mut::visit_expr_method_call_mut(self, node);
        }
        let is_dropped = std::mem::take(&mut self.is_dropped);
        let spawner = self.receivers.spawner(&node.receiver, &node.method);
        match (self.receivers.scope(&node.receiver), node.args.first_mut()) {
            (Some(part), Some(work)) => self.inside_scope(work, part),
            _ => visit_mut::visit_expr_method_call_mut(self, node),
        }
        if let Some(work) = node.args.first_mut() {
            self.hand_over(work, spawner, is_detached(spawner, is_dropped), node.method.span());
        }
    }

    // Functions inside are woven by themselves.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

fn is_detached(spawner: Spawner, is_dropped: bool) -> bool {
    match spawner.joined_by {
        JoinedBy::Handle => is_dropped,
        JoinedBy::Always => false,
        JoinedBy::Never => true,
    }
}

/// Returns the call in `expr`, if the rest only unwraps its value.
fn spawning_call(expr: &Expr) -> &Expr {
    match expr {
        Expr::Try(node) => spawning_call(&node.expr),
        Expr::Paren(node) => spawning_call(&node.expr),
        Expr::Group(node) => spawning_call(&node.expr),
        Expr::MethodCall(node) if node.method == "unwrap" || node.method == "expect" => {
            spawning_call(&node.receiver)
        }
        expr => expr,
    }
}

fn is_drop(function: &Expr) -> bool {
    matches!(function, Expr::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "drop"))
}

/// Returns whether this is an `async` block, or a plain one that ends with one.
fn ends_in_async_block(work: &Expr) -> bool {
    match work {
        Expr::Async(_) => true,
        Expr::Block(node) => {
            matches!(node.block.stmts.last(), Some(Stmt::Expr(last, None)) if ends_in_async_block(last))
        }
        _ => false,
    }
}

/// Returns the name of a closure's first argument.
fn first_argument(work: &Expr) -> Option<Ident> {
    let Expr::Closure(closure) = work else { return None };
    let first = match closure.inputs.first()? {
        Pat::Type(first) => &first.pat,
        first => first,
    };
    match first {
        Pat::Ident(first) => Some(first.ident.clone()),
        _ => None,
    }
}

/// Turns the closure's body into a block, if it is none, and returns it.
fn body_of(closure: &mut ExprClosure) -> &mut Block {
    if !matches!(&*closure.body, Expr::Block(body) if body.label.is_none() && body.attrs.is_empty()) {
        let value = std::mem::replace(&mut *closure.body, Expr::PLACEHOLDER);
        *closure.body = block(vec![Stmt::Expr(value, None)]);
    }
    match &mut *closure.body {
        Expr::Block(body) => &mut body.block,
        _ => unreachable!("the closure's body was just made a block"),
    }
}

fn block(stmts: Vec<Stmt>) -> Expr {
    let block = Block { brace_token: token::Brace::default(), stmts };
    Expr::Block(ExprBlock { attrs: Vec::new(), label: None, block })
}

fn verbatim(tokens: TokenStream) -> Stmt {
    Stmt::Expr(Expr::Verbatim(tokens), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::ToTokens as _;
    use syn::{ItemFn, parse_str};

    /// Returns the woven body of a function with these arguments and this body. A fork is written
    /// as its part and `awaited` or `detached`.
    fn carried(arguments: &str, body: &str) -> String {
        carried_in(&NameScope::default(), arguments, body)
    }

    /// Returns the same with these names in scope.
    fn carried_in(names: &NameScope, arguments: &str, body: &str) -> String {
        let text = format!("fn f({arguments}) {{ {body} }}");
        let ItemFn { mut sig, mut block, .. } = parse_str(&text).unwrap();
        let site = CallSitePlan {
            place: sig.ident.span(),
            path: Some("f".to_owned()),
            name: None,
            kind: None,
            ignored: Vec::new(),
            calls: None,
        };
        let private = RuntimePath::new(None);
        carry(&mut sig, &mut block, &site, names, &private);
        let mut carried = block.to_token_stream().to_string();
        for part in ["{task}", "{thread}", "{blocking}", "{job}"] {
            let site = call_site::of_part(&site, &private, part, Span::call_site());
            for (is_detached, short) in [(true, "detached"), (false, "awaited")] {
                let long = quote!(::omegi::private::fork(#site, #is_detached)).to_string();
                carried = carried.replace(&long, &format!("{} {short}", part.trim_matches(['{', '}'])));
            }
        }
        let carried = carried.replace(":: omegi :: private :: ", "").replace("__omegi_", "");
        let carried = carried.replace("use choices :: * ; let fork = || ", "");
        let carried = carried.replace("(&& SpawnedWork (& work)) . ", "");
        carried[2..carried.len() - 2].to_owned()
    }

    #[track_caller]
    fn unchanged(arguments: &str, body: &str) {
        let block = parse_str::<Block>(&format!("{{ {body} }}")).unwrap().to_token_stream().to_string();
        assert_eq!(carried(arguments, body), block[2..block.len() - 2]);
    }

    #[test]
    fn known_functions_carry_the_flow() {
        for (body, expected) in [
            ("tokio::spawn(a())", format!("tokio :: spawn ({})", future("a ()", "task"))),
            (
                "task::spawn_local(async { b })",
                format!("task :: spawn_local ({})", future("async { b }", "task")),
            ),
            ("thread::spawn(c)", format!("thread :: spawn ({})", call("c", "thread"))),
            (
                "tokio::task::spawn_blocking(move || d)",
                "tokio :: task :: spawn_blocking ({ let fork = blocking awaited ; \
                 move || { let branch = Fork :: enter (fork) ; d } })"
                    .to_owned(),
            ),
            (
                "rayon::join(|| { e }, g)",
                format!(
                    "rayon :: join ({{ let fork = job awaited ; \
                     || {{ let branch = Fork :: enter (fork) ; e }} }} , {})",
                    call("g", "job")
                ),
            ),
            (
                "|| async { tokio::spawn(h) }",
                format!("|| async {{ tokio :: spawn ({}) }}", future("h", "task")),
            ),
        ] {
            assert_eq!(carried("", body).replace("| |", "||"), expected, "{body}");
        }
    }

    fn future(work: &str, part: &str) -> String {
        format!("match {work} {{ work => {{ {part} awaited ; future () . carry (work , fork) }} , }}")
    }

    fn call(work: &str, part: &str) -> String {
        format!("match {work} {{ work => {{ {part} awaited ; call () . carry (work , fork) }} , }}")
    }

    #[test]
    fn names_in_scope_decide() {
        for (module, body) in [
            ("use tokio::task;", "task::spawn(a())"),
            ("use tokio::spawn;", "spawn(a())"),
            ("use tokio::task::spawn_blocking as blocking;", "blocking(a)"),
            ("use tokio as rt;", "rt::task::spawn(a())"),
            ("use std::thread::{scope, Builder};", "scope(|s| { s.spawn(|| a); })"),
            ("use std::thread::Builder as B;", "B::new().name(a).spawn(|| b)"),
            ("use super::*;", "task::spawn(a())"),
            ("use super::thread;", "thread::spawn(a)"),
            ("", "::rayon::spawn(a)"),
            ("", "{ use rayon::spawn; spawn(a) }"),
            ("mod task {}", "tokio::task::spawn(a())"),
        ] {
            let names = names(module);
            let carried = carried_in(&names, "", body);
            assert!(
                carried.contains("awaited") || carried.contains("detached"),
                "{module} {body}: {carried}"
            );
        }
        for (module, body) in [
            ("use tokio_test::task;", "task::spawn(a())"),
            ("use crate::runtime::task;", "task::spawn_blocking(a)"),
            ("mod task {}", "task::spawn(a())"),
            ("mod other { pub mod task {} } use other::task;", "task::spawn(a())"),
            ("mod thread {}", "thread::scope(|s| { s.spawn(|| a); })"),
            ("use loom::thread;", "thread::spawn(|| a)"),
            ("mod tokio {}", "tokio::spawn(a())"),
            ("use tokio::runtime::Builder;", "Builder::new().spawn(|| a)"),
            ("use super::rt::task;", "task::spawn(a())"),
            ("struct JoinSet;", "let set = JoinSet::new(); set.spawn(a())"),
            ("use tokio::spawn;", "{ fn spawn(a: A) {} spawn(a()) }"),
            ("", "{ use other::task; task::spawn(a()) }"),
            ("", "other::task::spawn(a())"),
        ] {
            let names = names(module);
            let block: Block = parse_str(&format!("{{ {body} }}")).unwrap();
            let written = block.to_token_stream().to_string();
            let carried = carried_in(&names, "", body);
            assert_eq!(carried, written[2..written.len() - 2], "{module} {body}");
        }
    }

    fn names(module: &str) -> NameScope {
        NameScope::default().in_module(&syn::parse_file(module).unwrap().items)
    }

    #[test]
    fn told_names_decide_as_seen_ones_do() {
        for module in [
            "use tokio_test::task;",
            "use tokio::spawn as go; use std::thread;",
            "mod thread {} use tokio as rt; use other::JoinSet;",
            "use std::{fmt, collections::HashMap}; use tokio::task::{self, JoinSet};",
        ] {
            let seen = names(&format!("use prelude::*; {module}"));
            let told = NameScope::of_names(spawners::unusual_names(&seen));
            let body = "task::spawn(a()); go(a()); thread::spawn(b); rt::spawn(c()); \
                        let set = JoinSet::new(); set.spawn(d());";
            assert_eq!(carried_in(&seen, "", body), carried_in(&told, "", body), "{module}");
        }
    }

    #[test]
    fn work_with_a_dropped_handle_is_detached() {
        for (body, is_detached) in [
            ("tokio::spawn(a);", true),
            ("let _ = tokio::spawn(a);", true),
            ("_ = tokio::spawn(a);", true),
            ("drop(tokio::spawn(a))", true),
            ("thread::spawn(a).unwrap();", true),
            ("b.spawn(async {})?.expect(c);", true),
            ("rayon::spawn(a)", true),
            ("tokio::spawn(a)", false),
            ("tokio::spawn(a).await;", false),
            ("let b = tokio::spawn(a);", false),
            ("rayon::join(a, b);", false),
            ("b(tokio::spawn(a));", false),
        ] {
            assert_eq!(carried("", body).contains("detached"), is_detached, "{body}");
            assert_ne!(carried("", body).contains("awaited"), is_detached, "{body}");
        }
    }

    #[test]
    fn methods_carry_the_flow_if_the_work_certainly_fits() {
        for (arguments, body) in [
            ("", "a.b.spawn(async move { c })"),
            ("", "a.spawn_on({ let b = b; async { b } }, c)"),
            ("set: &mut JoinSet<u8>", "set.spawn(a())"),
            ("", "let mut set = tokio::task::JoinSet::new(); set.spawn(a()); set.spawn_blocking(b);"),
            ("", "thread::Builder::new().name(a).spawn(|| b)"),
            ("", "let builder = std::thread::Builder::new(); builder.spawn(move || b)"),
            ("", "thread::scope(|s| { s.spawn(|| a); })"),
            ("", "rayon::scope(|s| s.spawn(|t| { t.spawn(|_| a); }))"),
        ] {
            let carried = carried(arguments, body);
            assert!(carried.contains("awaited"), "{body}: {carried}");
            assert_eq!(
                carried.matches("awaited").count(),
                body.matches("spawn").count(),
                "{body}: {carried}"
            );
        }
    }

    #[test]
    fn uncertain_calls_stay_unchanged() {
        unchanged("", "a.spawn(b())");
        unchanged("", "a.spawn(|| b)");
        unchanged("", "command.spawn()");
        unchanged("", "tokio::spawn(a, b)");
        unchanged("", "crate::task::spawn(a)");
        unchanged("", "spawn(a)");
        unchanged("", "thread::spawn::<_, u8>(a)");
        unchanged("", "m!(tokio::spawn(a))");
        unchanged("", "fn g() { tokio::spawn(a); }");
        unchanged("set: JoinSet<u8>", "let set = other(); set.spawn(a)");
        unchanged("", "{ thread::scope(|s| a); } s.spawn(|| b)");
        unchanged("", "thread::scope(|s| { s.spawn(a); })");
    }
}
