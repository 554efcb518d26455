//! The module syntax of our browser code: what a module imports and exports, and the rest of it unchanged.

/// One `import` or `export … from` of a module.
#[derive(Debug, Default)]
pub struct Import {
    pub path: String,
    /// As the other module exports them; `default` too.
    pub names: Vec<String>,
    /// `import * as`
    pub whole: bool,
}

#[derive(Debug, Default)]
pub struct Parsed {
    pub imports: Vec<Import>,
    /// The paths of `import("…")`.
    pub lazy: Vec<String>,
    /// The exported names, each with its name inside.
    pub exports: Vec<(String, String)>,
    /// The text between the calls of `import("…")`: one part more than there are calls.
    parts: Vec<String>,
}

impl Parsed {
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        self.imports.iter().map(|import| import.path.as_str()).chain(self.lazy.iter().map(String::as_str))
    }

    pub fn body_for(&self, later: impl Fn(&str) -> String) -> String {
        let mut parts = self.parts.iter();
        let mut body = parts.next().cloned().unwrap_or_default();
        for (part, lazy) in parts.zip(&self.lazy) {
            body.push_str(&later(lazy));
            body.push_str(part);
        }
        body
    }
}

pub fn parse(path: &str, source: &str) -> Result<Parsed, String> {
    if source.contains("import.meta") {
        return Err(format!("{path}: import.meta has no meaning in a linked file"));
    }
    let mut parsed = Parsed::default();
    let mut body = String::new();
    let mut lines = source.lines();
    let (mut in_template, mut in_comment) = (false, false);
    while let Some(line) = lines.next() {
        // A comment on lines of its own is dropped; empty lines stay in its place.
        let begins = !in_template && !in_comment && line.trim_start().starts_with("/*");
        let is_comment = in_comment || (begins && closes(line).is_none_or(|rest| rest.is_empty()));
        if is_comment || (!in_template && line.trim_start().starts_with("//")) {
            in_comment = is_comment && closes(line).is_none();
            body.push('\n');
            continue;
        }
        in_template ^= line.matches('`').count() % 2 == 1;
        let is_import = line.starts_with("import ") || line.starts_with("import{");
        let is_list = line.starts_with("export {") || line.starts_with("export *");
        if is_import || is_list {
            let (mut statement, mut extra) = (line.to_owned(), 0);
            while !statement.trim_end().ends_with(';') {
                let more = lines.next().ok_or_else(|| format!("{path}: `{line}` does not end"))?;
                statement.push(' ');
                statement.push_str(more);
                extra += 1;
            }
            let statement = statement.trim_end().trim_end_matches(';');
            let written =
                if is_import { import(path, statement, &mut parsed) } else { list(path, statement, &mut parsed) };
            body.push_str(&written?);
            body.push_str(&"\n".repeat(extra));
        } else if let Some(declaration) = line.strip_prefix("export ") {
            body.push_str(&export(path, declaration, &mut parsed)?);
        } else {
            body.push_str(line);
        }
        body.push('\n');
    }
    let mut rest = body.as_str();
    while let Some((before, after)) = rest.split_once("import(\"") {
        let (target, after) = after.split_once("\")").ok_or_else(|| format!("{path}: an import( without an end"))?;
        parsed.lazy.push(resolve(path, target)?);
        parsed.parts.push(before.to_owned());
        rest = after;
    }
    parsed.parts.push(rest.to_owned());
    Ok(parsed)
}

/// The text behind the end of a comment.
fn closes(line: &str) -> Option<&str> {
    line.split_once("*/").map(|(_, rest)| rest.trim())
}

/// `import { a, b as c } from "./x.js"` → `const { a, b: c } = $x;`
fn import(path: &str, statement: &str, parsed: &mut Parsed) -> Result<String, String> {
    let unknown = || format!("{path}: the linker does not know `{statement}`");
    let (clause, target) =
        match statement.strip_prefix("import").map(str::trim).ok_or_else(unknown)?.rsplit_once(" from ") {
            Some((clause, target)) => (clause.trim(), target),
            None => ("", statement.trim_start_matches("import")),
        };
    let mut import = Import { path: resolve(path, unquoted(target).ok_or_else(unknown)?)?, ..Import::default() };
    let module = identifier(&import.path);
    let mut bindings = Vec::new();
    let mut written = String::new();
    let (first, named) = match clause.split_once('{') {
        Some((first, named)) => (first.trim().trim_end_matches(',').trim(), named.trim().trim_end_matches('}')),
        None => (clause, ""),
    };
    if let Some(whole) = first.strip_prefix("* as ") {
        import.whole = true;
        written = format!("const {} = {module};", whole.trim());
    } else if !first.is_empty() {
        import.names.push("default".to_owned());
        bindings.push(format!("default: {first}"));
    }
    for (name, local) in names(named) {
        bindings.push(if name == local { name.clone() } else { format!("{name}: {local}") });
        import.names.push(name);
    }
    if !bindings.is_empty() {
        written.push_str(&format!("const {{ {} }} = {module};", bindings.join(", ")));
    }
    parsed.imports.push(import);
    Ok(written)
}

/// `export { a, b as c }`, also `from` another module.
fn list(path: &str, statement: &str, parsed: &mut Parsed) -> Result<String, String> {
    let unknown = || format!("{path}: the linker does not know `{statement}`");
    let (_, rest) = statement.split_once('{').ok_or_else(unknown)?;
    let (listed, from) = rest.split_once('}').ok_or_else(unknown)?;
    if from.trim().is_empty() {
        parsed.exports.extend(names(listed).map(|(local, name)| (name, local)));
        return Ok(String::new());
    }
    let target = unquoted(from.trim().trim_start_matches("from")).ok_or_else(unknown)?;
    let other = resolve(path, target)?;
    let module = identifier(&other);
    let mut import = Import { path: other, ..Import::default() };
    for (name, exported) in names(listed) {
        parsed.exports.push((exported, format!("{module}.{name}")));
        import.names.push(name);
    }
    parsed.imports.push(import);
    Ok(String::new())
}

fn export(path: &str, declaration: &str, parsed: &mut Parsed) -> Result<String, String> {
    let (is_default, plain) = match declaration.strip_prefix("default ") {
        Some(plain) => (true, plain),
        None => (false, declaration),
    };
    let after = ["async function* ", "async function ", "function* ", "function ", "class ", "const "]
        .iter()
        .find_map(|word| plain.strip_prefix(word));
    let local: String =
        after.unwrap_or_default().chars().take_while(|c| c.is_alphanumeric() || "_$".contains(*c)).collect();
    match (is_default, local.is_empty()) {
        (true, true) => {
            parsed.exports.push(("default".to_owned(), "$default".to_owned()));
            Ok(format!("const $default = {plain}"))
        }
        (true, false) => {
            parsed.exports.push(("default".to_owned(), local));
            Ok(plain.to_owned())
        }
        (false, false) => {
            parsed.exports.push((local.clone(), local));
            Ok(plain.to_owned())
        }
        (false, true) => Err(format!("{path}: the linker does not know `export {declaration}`")),
    }
}

/// `a, b as c` → (a, a), (b, c)
fn names(list: &str) -> impl Iterator<Item = (String, String)> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty()).map(|item| match item.split_once(" as ") {
        Some((name, local)) => (name.trim().to_owned(), local.trim().to_owned()),
        None => (item.to_owned(), item.to_owned()),
    })
}

fn unquoted(text: &str) -> Option<&str> {
    text.trim().strip_prefix('"')?.strip_suffix('"')
}

/// `../kit/el.js` in `js/pages/x.js` → `js/kit/el.js`
fn resolve(from: &str, target: &str) -> Result<String, String> {
    if !target.starts_with("./") && !target.starts_with("../") {
        return Err(format!("{from}: {target} is no path to a neighbour"));
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// The way from one file to another, as an `import` wants it.
pub fn relative(from: &str, to: &str) -> String {
    let mut from: Vec<&str> = from.split('/').collect();
    from.pop();
    let to: Vec<&str> = to.split('/').collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(from.len() - common);
    let down = to.into_iter().skip(common).collect::<Vec<_>>().join("/");
    if up.is_empty() { format!("./{down}") } else { format!("{up}{down}") }
}

/// The name of a module in a linked file: `js/kit/mail-frame.js` → `$kit_mail_frame`.
pub fn identifier(path: &str) -> String {
    let bare = path.strip_prefix("js/").unwrap_or(path);
    let bare = bare.strip_suffix(".js").unwrap_or(bare);
    let name: String = bare.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("${name}")
}
