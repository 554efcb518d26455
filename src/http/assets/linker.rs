//! Puts ES modules together into few files, which are ES modules themselves. Each module becomes a function that runs once,
//! in the order that the language prescribes, and gives what it exports; nothing inside it is renamed and its lines stay
//! lines. Modules that only one page needs go into that page's file, all others into the file of the entry.
//!
//! It knows the module syntax that our code uses, each statement from the beginning of a line, and refuses everything else:
//! circles of imports, exported variables that change, `import.meta`. The build script compiles this file too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::syntax::{Parsed, identifier, parse, relative};

/// A linked file: a module, at the path of its first source.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunk {
    pub path: String,
    pub text: String,
    /// The sources in it, and the line on which each begins, counted from 0.
    pub sources: Vec<(String, usize)>,
}

/// `modules`: every source by its path; `entry`: the one that the document loads.
pub fn link(modules: &BTreeMap<String, String>, entry: &str) -> Result<Vec<Chunk>, String> {
    let mut graph = Graph::default();
    graph.load(modules, entry)?;
    graph.check_names()?;

    let mut core = Vec::new();
    graph.order(entry, &BTreeSet::new(), &mut core);
    let eager: BTreeSet<String> = core.iter().cloned().collect();
    let mut pages: Vec<String> = graph.lazy.iter().filter(|path| !eager.contains(*path)).cloned().collect();
    let order_of = |page: &String| {
        let mut order = Vec::new();
        graph.order(page, &eager, &mut order);
        order
    };
    let mut readers: BTreeMap<String, usize> = BTreeMap::new();
    for path in pages.iter().flat_map(order_of) {
        *readers.entry(path).or_default() += 1;
    }
    let is_shared = |path: &String| readers.get(path).is_some_and(|count| *count > 1);
    // Shared modules run before the entry, which begins to act when it runs.
    let last = core.pop().unwrap_or_default();
    for path in pages.iter().flat_map(order_of).filter(is_shared) {
        if !core.contains(&path) {
            core.push(path);
        }
    }
    core.push(last);
    pages.retain(|page| !is_shared(page));
    let orders: Vec<Vec<String>> =
        pages.iter().map(|page| order_of(page).into_iter().filter(|path| !is_shared(path)).collect()).collect();

    let mut placed = BTreeMap::new();
    for path in &core {
        placed.insert(path.clone(), entry.to_owned());
    }
    for (page, order) in pages.iter().zip(&orders) {
        for path in order {
            placed.entry(path.clone()).or_insert_with(|| page.clone());
        }
    }
    let mut chunks = vec![(entry.to_owned(), core)];
    chunks.extend(pages.into_iter().zip(orders));
    let wanted = graph.wanted(&placed);
    Ok(chunks.into_iter().map(|(path, order)| graph.write(path, &order, &placed, &wanted)).collect())
}

#[derive(Default)]
struct Graph {
    modules: BTreeMap<String, Parsed>,
    /// The files that are imported only when they are needed.
    lazy: BTreeSet<String>,
}

impl Graph {
    fn load(&mut self, sources: &BTreeMap<String, String>, entry: &str) -> Result<(), String> {
        let mut next = vec![(entry.to_owned(), entry.to_owned())];
        while let Some((path, asked_by)) = next.pop() {
            if self.modules.contains_key(&path) {
                continue;
            }
            let source =
                sources.get(&path).ok_or_else(|| format!("{asked_by} imports {path}, which does not exist"))?;
            let parsed = parse(&path, source)?;
            self.lazy.extend(parsed.lazy.iter().cloned());
            next.extend(parsed.needs().map(|need| (need.to_owned(), path.clone())));
            self.modules.insert(path, parsed);
        }
        let mut done = BTreeSet::new();
        for path in self.modules.keys() {
            self.check_circle(path, &mut Vec::new(), &mut done)?;
        }
        Ok(())
    }

    fn check_circle(&self, path: &str, way: &mut Vec<String>, done: &mut BTreeSet<String>) -> Result<(), String> {
        if done.contains(path) {
            return Ok(());
        }
        if way.iter().any(|before| before == path) {
            return Err(format!("a circle of imports: {} → {path}", way.join(" → ")));
        }
        way.push(path.to_owned());
        if let Some(module) = self.modules.get(path) {
            for import in &module.imports {
                self.check_circle(&import.path, way, done)?;
            }
        }
        way.pop();
        done.insert(path.to_owned());
        Ok(())
    }

    /// Every imported name is exported, and no two modules have the same name in a linked file.
    fn check_names(&self) -> Result<(), String> {
        let mut names = BTreeMap::new();
        for (path, module) in &self.modules {
            if let Some(other) = names.insert(identifier(path), path) {
                return Err(format!("{path} and {other} have the same name in a linked file"));
            }
            for import in &module.imports {
                let exports = self.modules.get(&import.path).map(|module| &module.exports);
                for name in &import.names {
                    if !exports.is_some_and(|exports| exports.iter().any(|(exported, _)| exported == name)) {
                        return Err(format!("{path} imports {name}, which {} does not export", import.path));
                    }
                }
            }
        }
        Ok(())
    }

    /// The files that `path` needs and then itself, in the order in which the language runs them; without those in `done`.
    fn order(&self, path: &str, done: &BTreeSet<String>, order: &mut Vec<String>) {
        if done.contains(path) || order.iter().any(|before| before == path) {
            return;
        }
        if let Some(module) = self.modules.get(path) {
            for import in &module.imports {
                self.order(&import.path, done, order);
            }
        }
        order.push(path.to_owned());
    }

    /// The names that other files want of a file.
    fn wanted(&self, placed: &BTreeMap<String, String>) -> BTreeSet<String> {
        let mut wanted: BTreeSet<String> = self.lazy.clone();
        for (path, module) in &self.modules {
            for need in module.needs() {
                if placed.get(need) != placed.get(path) {
                    wanted.insert(need.to_owned());
                }
            }
        }
        wanted
    }

    fn write(
        &self,
        path: String,
        order: &[String],
        placed: &BTreeMap<String, String>,
        wanted: &BTreeSet<String>,
    ) -> Chunk {
        let mut text = String::new();
        let mut foreign: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for module in order.iter().filter_map(|path| self.modules.get(path)) {
            let named = module.imports.iter().filter(|import| !import.names.is_empty() || import.whole);
            let early = named.map(|import| &import.path);
            // A page that is asked for later, but is here already or in the file of the entry.
            let late = module.lazy.iter().filter(|lazy| placed.get(*lazy).is_some_and(|home| home != *lazy));
            for need in early.chain(late) {
                let home = placed.get(need).map_or(path.as_str(), String::as_str);
                if home != path {
                    foreign.entry(home).or_default().insert(identifier(need));
                }
            }
        }
        for (home, names) in foreign {
            let names: Vec<String> = names.into_iter().collect();
            let _ = writeln!(text, "import {{ {} }} from \"{}\";", names.join(", "), relative(&path, home));
        }
        let mut sources = Vec::new();
        for source in order {
            let Some(module) = self.modules.get(source) else { continue };
            let _ = writeln!(text, "const {} = (() => {{", identifier(source));
            sources.push((source.clone(), text.lines().count()));
            text.push_str(&module.body_for(|lazy| later(&path, lazy, placed)));
            let exports: Vec<String> = module.exports.iter().map(|(name, local)| format!("{name}: {local}")).collect();
            let _ = writeln!(text, "return {{ {} }};\n}})();", exports.join(", "));
        }
        let given: Vec<String> =
            order.iter().filter(|path| wanted.contains(*path)).map(|path| identifier(path)).collect();
        if !given.is_empty() {
            let _ = writeln!(text, "export {{ {} }};", given.join(", "));
        }
        Chunk { path, text, sources }
    }
}

/// The expression in place of `import("…")`.
fn later(from: &str, wanted: &str, placed: &BTreeMap<String, String>) -> String {
    let name = identifier(wanted);
    match placed.get(wanted) {
        Some(home) if home == wanted && home != from => {
            format!("import(\"{}\").then((file) => file.{name})", relative(from, home))
        }
        _ => format!("Promise.resolve({name})"),
    }
}
