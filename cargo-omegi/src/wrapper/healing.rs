//! Searches for the functions of a crate that do not compile woven, and for the most of their weave
//! that does.
//!
//! Each attempt compiles the crate with the restrictions found so far. An error that points at one
//! function takes a part of that function's weave away: its spawned work and its loops' turns, then
//! everything but its span, then all. An error that points at an `impl`, or nowhere, is searched by
//! bisection: half of the functions is left, then half of those. So one function never takes a
//! crate out, and `n` functions need about `log2(n)` attempts for each that fails.
//!
//! An error may point at a function that calls the failing one. Such a function is left without
//! need: at the end it is woven again.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use omegi_weave::{CrateRestrictions, SkipReason, WeaveRestriction};

/// The number of attempts in which a function may lose its weave part by part. After that it loses
/// all at once.
const PATIENT_ATTEMPTS: usize = 9;

/// The attempts for a search by errors that point at functions: they come in phases of the
/// compiler.
const POINTED_ATTEMPTS: usize = 40;

/// The attempts of a bisection for each halving of the functions.
const ATTEMPTS_OF_A_HALVING: usize = 16;

/// A function: its file, and the start of its name there.
pub(super) type FunctionId = (PathBuf, usize);

/// One attempt to compile a crate woven.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) status: ExitStatus,
    /// True if the compiler was killed, or the machine lacks something.
    pub(super) is_stopped: bool,
    pub(super) errors: Vec<ErrorPlaces>,
    /// The functions that were woven, in whatever part.
    pub(super) woven: BTreeSet<FunctionId>,
}

/// The functions at which one error of the compiler points, the most important places first.
#[derive(Clone, Debug, Default)]
pub(super) struct ErrorPlaces {
    /// The woven functions at each place: one, or all of an `impl`. A tier holds the places of one
    /// importance.
    pub(super) tiers: Vec<Vec<Vec<FunctionId>>>,
    /// The functions that are left already, at the most important places.
    pub(super) left: Vec<FunctionId>,
}

/// The result of a search.
#[derive(Debug)]
pub(super) enum Healed {
    /// The crate compiles with these restrictions.
    Found(CrateRestrictions),
    /// It does not compile even without a woven function, or the attempts were not enough.
    GivenUp,
    /// The compiler was stopped.
    Stopped(ExitStatus),
}

/// Searches from `restrictions` on. `attempt` compiles the crate with those that it gets.
pub(super) fn heal(
    restrictions: CrateRestrictions,
    attempt: impl FnMut(&CrateRestrictions) -> io::Result<Attempt>,
) -> io::Result<Healed> {
    let mut search = Search { attempt, restrictions, made: 0, needlessly_left: BTreeSet::new() };
    match search.run() {
        Ok(true) => Ok(Healed::Found(search.restrictions)),
        Ok(false) => Ok(Healed::GivenUp),
        Err(End::Stopped(status)) => Ok(Healed::Stopped(status)),
        Err(End::Failed(error)) => Err(error),
    }
}

/// The end of a search by a cause outside of it.
enum End {
    Stopped(ExitStatus),
    Failed(io::Error),
}

struct Search<A> {
    attempt: A,
    restrictions: CrateRestrictions,
    /// The number of attempts made.
    made: usize,
    /// The functions whose errors stayed when they were left.
    needlessly_left: BTreeSet<FunctionId>,
}

impl<A: FnMut(&CrateRestrictions) -> io::Result<Attempt>> Search<A> {
    /// Returns whether the crate compiles in the end.
    fn run(&mut self) -> Result<bool, End> {
        loop {
            let attempt = self.attempt(&self.restrictions.clone())?;
            if attempt.status.success() {
                self.restore()?;
                return Ok(true);
            }
            self.needlessly_left.extend(attempt.errors.iter().flat_map(|error| error.left.iter().cloned()));
            let pointed: BTreeSet<_> =
                attempt.errors.iter().filter_map(ErrorPlaces::functions).flatten().collect();
            let has_found = if !pointed.is_empty() && self.made < POINTED_ATTEMPTS {
                pointed.iter().for_each(|function| self.reduce(function));
                true
            } else {
                self.bisect_groups(&attempt)?
            };
            if !has_found {
                return Ok(false);
            }
        }
    }

    /// Compiles with `restrictions`.
    fn attempt(&mut self, restrictions: &CrateRestrictions) -> Result<Attempt, End> {
        self.made += 1;
        let attempt = (self.attempt)(restrictions).map_err(End::Failed)?;
        if attempt.is_stopped { Err(End::Stopped(attempt.status)) } else { Ok(attempt) }
    }

    /// Takes the next part of a function's weave away.
    fn reduce(&mut self, (file, name): &FunctionId) {
        let known = self.restrictions.get(file).and_then(|restrictions| restrictions.get(name));
        let next = match known {
            _ if self.made > PATIENT_ATTEMPTS => LEFT,
            None => WeaveRestriction::Errors,
            Some(WeaveRestriction::Errors) => WeaveRestriction::Span,
            Some(_) => LEFT,
        };
        self.restrictions.entry(file.clone()).or_default().insert(*name, next);
    }

    /// Weaves the functions again that were left without need, if the crate still compiles then.
    fn restore(&mut self) -> Result<(), End> {
        let mut restrictions = self.restrictions.clone();
        for (file, name) in &self.needlessly_left {
            restrictions.get_mut(file).map(|functions| functions.remove(name));
        }
        restrictions.retain(|_, functions| !functions.is_empty());
        if restrictions != self.restrictions && self.attempt(&restrictions)?.status.success() {
            self.restrictions = restrictions;
        }
        Ok(())
    }

    /// Searches the failing functions among those at which the errors point together, else among
    /// those of their files, else among all. Returns whether it has found any.
    fn bisect_groups(&mut self, attempt: &Attempt) -> Result<bool, End> {
        let groups: BTreeSet<_> = attempt.errors.iter().flat_map(ErrorPlaces::group).collect();
        let files: BTreeSet<_> = groups.iter().map(|(file, _)| file.clone()).collect();
        let of_files = attempt.woven.iter().filter(|(file, _)| files.contains(file)).cloned().collect();
        let mut tried = BTreeSet::new();
        for candidates in [groups, of_files, attempt.woven.clone()] {
            if !candidates.is_empty() && candidates != tried && self.bisect(&candidates)? {
                return Ok(true);
            }
            tried = candidates;
        }
        Ok(false)
    }

    /// Finds the functions among `candidates` without which the errors that point at no function
    /// are gone. Returns whether there are any.
    fn bisect(&mut self, candidates: &BTreeSet<FunctionId>) -> Result<bool, End> {
        let mut rest: Vec<_> = candidates.iter().cloned().collect();
        let mut found = Vec::new();
        if !self.compiles_without(&rest)? {
            return Ok(false);
        }
        let halvings = rest.len().ilog2() as usize + 1;
        let end = self.made + ATTEMPTS_OF_A_HALVING * halvings;
        while !self.compiles_without(&found)? {
            if self.made > end {
                // Too many fail: all that are left to search are left as they are.
                found.append(&mut rest);
                break;
            }
            // Without the first `high` of the rest it compiles, without the first `low` it does
            // not.
            let (mut low, mut high) = (0, rest.len());
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                let without: Vec<_> = found.iter().chain(&rest[..middle]).cloned().collect();
                if self.compiles_without(&without)? {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            rest.truncate(high);
            found.extend(rest.pop());
        }
        let with_spans = self.with(&found, WeaveRestriction::Span);
        let compiles = self.has_no_hidden_error(&with_spans)?;
        self.restrictions = if compiles { with_spans } else { self.with(&found, LEFT) };
        Ok(!found.is_empty())
    }

    fn compiles_without(&mut self, functions: &[FunctionId]) -> Result<bool, End> {
        let restrictions = self.with(functions, LEFT);
        self.has_no_hidden_error(&restrictions)
    }

    /// Returns whether the crate compiles with `restrictions`, or has only errors that point at
    /// functions.
    fn has_no_hidden_error(&mut self, restrictions: &CrateRestrictions) -> Result<bool, End> {
        let attempt = self.attempt(restrictions)?;
        let is_pointed = |error: &ErrorPlaces| error.functions().is_some();
        let are_pointed = !attempt.errors.is_empty() && attempt.errors.iter().all(is_pointed);
        Ok(attempt.status.success() || (are_pointed && self.made < POINTED_ATTEMPTS))
    }

    fn with(&self, functions: &[FunctionId], restriction: WeaveRestriction) -> CrateRestrictions {
        let mut restrictions = self.restrictions.clone();
        for (file, name) in functions {
            restrictions.entry(file.clone()).or_default().insert(*name, restriction);
        }
        restrictions
    }
}

const LEFT: WeaveRestriction = WeaveRestriction::Nothing(SkipReason::DoesNotCompile);

impl ErrorPlaces {
    /// Returns the functions at the most important places that are in one woven function each.
    fn functions(&self) -> Option<Vec<FunctionId>> {
        self.tiers.iter().find_map(|places| {
            let single = places.iter().filter(|functions| functions.len() == 1);
            let single: Vec<_> = single.flatten().cloned().collect();
            (!single.is_empty()).then_some(single)
        })
    }

    /// Returns all functions at the most important places that have any.
    fn group(&self) -> Vec<FunctionId> {
        let tier = self.tiers.iter().find(|places| places.iter().any(|functions| !functions.is_empty()));
        tier.into_iter().flatten().flatten().cloned().collect()
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt as _;

    /// A crate of functions 0, 1, 2 …, in `impl`s of ten each and files of a hundred.
    struct Model {
        functions: usize,
        attempts: usize,
    }

    impl Model {
        fn new(functions: usize) -> Self {
            Self { functions, attempts: 0 }
        }

        /// Heals the crate. `errors` returns the errors of a compilation, given the functions with
        /// their restrictions.
        fn heal(&mut self, errors: impl Fn(&Restrictions) -> Vec<ErrorPlaces>) -> Option<Restrictions> {
            let (functions, mut attempts) = (self.functions, 0);
            let healed = heal(CrateRestrictions::new(), |restrictions| {
                attempts += 1;
                let restrictions = Restrictions::of(restrictions);
                let errors = errors(&restrictions);
                let code = if errors.is_empty() { 0 } else { 1 << 8 };
                let woven =
                    (0..functions).filter(|&function| restrictions.weaves(function)).map(id).collect();
                Ok(Attempt { status: ExitStatus::from_raw(code), is_stopped: false, errors, woven })
            });
            self.attempts = attempts;
            match healed.unwrap() {
                Healed::Found(restrictions) => Some(Restrictions::of(&restrictions)),
                Healed::GivenUp => None,
                Healed::Stopped(status) => panic!("{status}"),
            }
        }
    }

    fn id(function: usize) -> FunctionId {
        (PathBuf::from(format!("{}.rs", function / 100)), function)
    }

    /// The restrictions by function.
    #[derive(Debug, PartialEq, Eq)]
    struct Restrictions(Vec<(usize, WeaveRestriction)>);

    impl Restrictions {
        fn of(restrictions: &CrateRestrictions) -> Self {
            let mut found: Vec<_> =
                restrictions.values().flatten().map(|(name, restriction)| (*name, *restriction)).collect();
            found.sort_unstable();
            Self(found)
        }

        fn left(functions: &[usize]) -> Self {
            Self(functions.iter().map(|&function| (function, LEFT)).collect())
        }

        fn restriction(&self, function: usize) -> Option<WeaveRestriction> {
            self.0.iter().find(|(known, _)| *known == function).map(|(_, restriction)| *restriction)
        }

        fn weaves(&self, function: usize) -> bool {
            self.restriction(function) != Some(LEFT)
        }
    }

    fn at(functions: &[usize]) -> ErrorPlaces {
        let places = functions.iter().map(|&function| vec![id(function)]).collect();
        ErrorPlaces { tiers: vec![places], left: Vec::new() }
    }

    fn at_impl(function: usize, restrictions: &Restrictions) -> ErrorPlaces {
        let first = function / 10 * 10;
        let all = (first..first + 10).filter(|&it| restrictions.weaves(it)).map(id).collect();
        ErrorPlaces { tiers: vec![vec![all]], left: Vec::new() }
    }

    fn nowhere() -> ErrorPlaces {
        ErrorPlaces::default()
    }

    #[test]
    fn functions_lose_as_little_as_possible() {
        let mut model = Model::new(3);
        let fails = |restrictions: &Restrictions| {
            let mut errors = Vec::new();
            if restrictions.restriction(0).is_none() {
                errors.push(at(&[0]));
            }
            if matches!(restrictions.restriction(1), None | Some(WeaveRestriction::Errors)) {
                errors.push(at(&[1]));
            }
            if restrictions.weaves(2) {
                errors.push(at(&[2]));
            }
            errors
        };
        let found = model.heal(fails);
        let expected = [(0, WeaveRestriction::Errors), (1, WeaveRestriction::Span), (2, LEFT)];
        assert_eq!((found, model.attempts), (Some(Restrictions(expected.to_vec())), 4));
    }

    #[test]
    fn errors_that_point_nowhere_are_bisected() {
        let failing = [3, 77, 78, 250, 251, 252, 500, 731, 998, 999];
        let mut model = Model::new(1000);
        let fails = |restrictions: &Restrictions| {
            if failing.iter().any(|&function| restrictions.weaves(function)) {
                vec![nowhere()]
            } else {
                vec![]
            }
        };
        assert_eq!(model.heal(fails), Some(Restrictions::left(&failing)));
        assert!(model.attempts <= 130, "{}", model.attempts);
    }

    #[test]
    fn errors_that_point_at_an_impl_are_bisected_in_it() {
        let failing = [3, 77, 78, 500];
        let mut model = Model::new(1000);
        let fails = |restrictions: &Restrictions| {
            let woven = failing.iter().filter(|&&function| restrictions.weaves(function));
            woven.map(|&function| at_impl(function, restrictions)).collect()
        };
        assert_eq!(model.heal(fails), Some(Restrictions::left(&failing)));
        assert!(model.attempts <= 40, "{}", model.attempts);
    }

    #[test]
    fn errors_come_in_phases_of_the_compiler() {
        let mut model = Model::new(100);
        // Each phase shows one error, then one that points nowhere comes.
        let fails = |restrictions: &Restrictions| {
            let pointed =
                (0..30).find(|&function| restrictions.weaves(function)).map(|function| at(&[function]));
            let hidden = || restrictions.weaves(99).then(nowhere);
            pointed.or_else(hidden).into_iter().collect()
        };
        let failing: Vec<_> = (0..30).chain([99]).collect();
        assert_eq!(model.heal(fails), Some(Restrictions::left(&failing)));
    }

    #[test]
    fn the_caller_of_a_failing_function_is_woven_again() {
        let mut model = Model::new(5);
        let fails = |restrictions: &Restrictions| {
            let (caller, callee) = (vec![vec![id(1)]], vec![vec![id(2)]]);
            if !restrictions.weaves(2) {
                vec![]
            } else if restrictions.weaves(1) {
                vec![ErrorPlaces { tiers: vec![caller, callee], left: vec![] }]
            } else {
                vec![ErrorPlaces { tiers: vec![vec![vec![]], callee], left: vec![id(1)] }]
            }
        };
        assert_eq!(model.heal(fails), Some(Restrictions::left(&[2])));
    }

    #[test]
    fn a_crate_that_fails_without_any_woven_function_is_given_up_soon() {
        let mut model = Model::new(1000);
        assert_eq!(model.heal(|_| vec![nowhere()]), None);
        assert!(model.attempts <= 4, "{}", model.attempts);
    }

    #[test]
    fn the_attempts_are_bounded() {
        let mut model = Model::new(1000);
        let fails = |restrictions: &Restrictions| {
            if (0..1000).any(|function| function % 2 == 0 && restrictions.weaves(function)) {
                vec![nowhere()]
            } else {
                vec![]
            }
        };
        let found = model.heal(fails).unwrap();
        assert!((0..1000).all(|function| function % 2 == 1 || !found.weaves(function)));
        assert!(model.attempts <= 250, "{}", model.attempts);
    }

    #[test]
    fn a_killed_compiler_ends_the_search() {
        let healed = heal(CrateRestrictions::new(), |_| {
            let (status, woven) = (ExitStatus::from_raw(9), BTreeSet::new());
            Ok(Attempt { status, is_stopped: true, errors: Vec::new(), woven })
        });
        assert!(matches!(healed, Ok(Healed::Stopped(status)) if status.code().is_none()));
    }
}
