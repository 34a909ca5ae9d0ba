//! The imports of a crate, file by file, and the circles among them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::modules::{Crate, Meaning, Module, ModuleId, Sources};

/// A use of a name that another file defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    pub(crate) from: String,
    pub(crate) to: String,
    /// The path, as `from` writes it in this line.
    pub(crate) path: String,
    pub(crate) line: usize,
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{} -> {}: {}", self.from, self.line, self.to, self.path)
    }
}

/// Returns the imports of the crate whose root is the file `root`.
///
/// A re-export is followed to the file that defines the name. A path to a module alone is no
/// import, but the paths through it are.
pub(crate) fn imports(root: &str, sources: &Sources) -> Vec<Import> {
    let all = Crate::read(root, sources);
    let mut imports = BTreeSet::new();
    for (id, module) in all.modules.iter().enumerate() {
        for mention in &module.mentions {
            let mut resolver = Resolver { all: &all, seen: BTreeSet::new() };
            for to in resolver.files(id, &mention.path) {
                if to != module.file {
                    let (from, path) = (module.file.clone(), mention.path.join("::"));
                    imports.insert(Import { from, to, path, line: mention.line });
                }
            }
        }
    }
    imports.into_iter().collect()
}

/// Returns the circles among imports: for each the files that reach one another, and the imports of
/// its shortest way round.
pub(crate) fn circles(imports: &[Import]) -> Vec<Circle> {
    let mut graph: BTreeMap<&str, BTreeMap<&str, &Import>> = BTreeMap::new();
    for import in imports {
        graph.entry(&import.from).or_default().entry(&import.to).or_insert(import);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|&file| (file, reachable(&graph, file))).collect();
    let mut circles = Vec::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (&file, others) in &reached {
        if !others.contains(file) || known.contains(file) {
            continue;
        }
        let files: BTreeSet<_> = others
            .iter()
            .copied()
            .filter(|other| reached.get(other).is_some_and(|r| r.contains(file)))
            .collect();
        known.extend(&files);
        let shortest = files.iter().map(|file| way_round(&graph, file)).min_by_key(Vec::len).unwrap();
        circles.push(Circle {
            files: files.into_iter().map(str::to_owned).collect(),
            imports: shortest.into_iter().cloned().collect(),
        });
    }
    circles
}

/// Files that import one another.
#[derive(Debug)]
pub(crate) struct Circle {
    pub(crate) files: BTreeSet<String>,
    pub(crate) imports: Vec<Import>,
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let files: Vec<_> = self.files.iter().map(String::as_str).collect();
        writeln!(f, "a circle of {} files: {}", files.len(), files.join(", "))?;
        self.imports.iter().try_for_each(|import| writeln!(f, "    {import}"))
    }
}

type Graph<'a> = BTreeMap<&'a str, BTreeMap<&'a str, &'a Import>>;

fn reachable<'a>(graph: &Graph<'a>, from: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        for next in graph.get(file).into_iter().flat_map(BTreeMap::keys) {
            if found.insert(*next) {
                open.push(next);
            }
        }
    }
    found
}

/// Returns the imports of the shortest way from a file back to it.
fn way_round<'a>(graph: &Graph<'a>, file: &str) -> Vec<&'a Import> {
    let mut ways: BTreeMap<&str, Vec<&Import>> = BTreeMap::new();
    let mut open = vec![(file, Vec::new())];
    while !open.is_empty() {
        let mut next = Vec::new();
        for (at, way) in open {
            for (to, import) in graph.get(at).into_iter().flatten() {
                let mut way = way.clone();
                way.push(*import);
                if *to == file {
                    return way;
                }
                if ways.insert(to, Vec::new()).is_none() {
                    next.push((*to, way));
                }
            }
        }
        open = next;
    }
    unreachable!("the file is in a circle")
}

/// Follows one path to the files that define its end.
struct Resolver<'a> {
    all: &'a Crate,
    /// The imports that were followed, so that each is followed once.
    seen: BTreeSet<(ModuleId, String)>,
}

/// The end of a path.
enum End {
    File(String),
    Module(ModuleId),
}

impl Resolver<'_> {
    fn files(&mut self, from: ModuleId, path: &[String]) -> Vec<String> {
        let (path, is_glob) = match path {
            [before @ .., star] if star == "*" => (before, true),
            path => (path, false),
        };
        let ends = self.path(from, path);
        let file = |end| match end {
            End::File(file) => Some(file),
            End::Module(module) => is_glob.then(|| self.module(module).file.clone()),
        };
        ends.into_iter().filter_map(file).collect()
    }

    fn module(&self, id: ModuleId) -> &Module {
        &self.all.modules[id]
    }

    fn path(&mut self, from: ModuleId, path: &[String]) -> Vec<End> {
        match path {
            [first, rest @ ..] if first == "crate" => self.below(0, rest),
            [first, rest @ ..] if first == "self" => self.below(from, rest),
            [first, rest @ ..] if first == "super" => self.below(self.module(from).parent, rest),
            // Returns the name of another crate, unless this module defines it.
            _ => self.name(from, path).unwrap_or_default(),
        }
    }

    /// Returns the ends of a path that begins in a module by its full path.
    fn below(&mut self, module: ModuleId, path: &[String]) -> Vec<End> {
        match path {
            [] => vec![End::Module(module)],
            [first, rest @ ..] if first == "super" => self.below(self.module(module).parent, rest),
            // A name without a definition is made by a macro of this module.
            _ => self.name(module, path).unwrap_or_else(|| vec![End::File(self.module(module).file.clone())]),
        }
    }

    /// Returns the ends of a path whose first name this module defines; nothing if it does not.
    fn name(&mut self, module: ModuleId, path: &[String]) -> Option<Vec<End>> {
        let (first, rest) = path.split_first()?;
        let all = self.all;
        let Some(meanings) = all.modules[module].names.get(first) else {
            return self.globs(module, path);
        };
        let modules = meanings.iter().filter(|meaning| matches!(meaning, Meaning::Module(_)));
        // A name with a further path is a module if there is one of that name.
        let leads_on = !rest.is_empty() && modules.count() > 0;
        let mut ends = Vec::new();
        for meaning in meanings {
            match meaning {
                Meaning::Module(child) => ends.extend(self.below(*child, rest)),
                _ if leads_on => {}
                Meaning::Item(file) => ends.push(End::File(file.clone())),
                Meaning::Path(import) => {
                    if self.seen.insert((module, import.join("::"))) {
                        ends.extend(self.path(module, &[import, rest].concat()));
                    }
                }
            }
        }
        Some(ends)
    }

    fn globs(&mut self, module: ModuleId, path: &[String]) -> Option<Vec<End>> {
        let all = self.all;
        for glob in &all.modules[module].globs {
            if !self.seen.insert((module, format!("{}::*", glob.join("::")))) {
                continue;
            }
            for end in self.path(module, glob) {
                if let End::Module(other) = end
                    && let Some(ends) = self.name(other, path)
                {
                    return Some(ends);
                }
            }
        }
        None
    }
}
