//! The schemas as JSDoc, so that `tsc --checkJs` knows in the browser's code what the server sends. `UPDATE=1` writes them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::{env, fs};

use serde_json::Value;

const FILE: &str = "static/js/api-types.js";

#[test]
fn the_browser_has_the_types_of_the_document() {
    let document = super::whole();
    let text = typedefs(&document["components"]["schemas"]);
    if env::var_os("UPDATE").is_some() {
        fs::write(FILE, text).unwrap();
    } else {
        let kept = fs::read_to_string(FILE).unwrap_or_default();
        assert!(kept == text, "{FILE} is not what the document says: UPDATE=1 cargo test --lib openapi");
    }
}

#[test]
fn a_schema_becomes_a_type() {
    let schemas = serde_json::json!({
        "Id": { "type": "integer" },
        "Kind": { "type": "string", "enum": ["a", "b"] },
        "Thing": {
            "type": "object", "description": "Something.", "required": ["id", "none"],
            "properties": {
                "id": { "$ref": "#/components/schemas/Id", "description": "Its number." },
                "kinds": { "type": "array", "items": { "$ref": "#/components/schemas/Kind" } },
                "none": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Id" }] },
                "text": { "type": ["string", "null"] },
                "data": {},
            },
        },
    });
    let expected = "/** @typedef {number} Id */\n\n\
        /** @typedef {\"a\" | \"b\"} Kind */\n\n\
        /**\n * Something.\n *\n * @typedef {object} Thing\n * @property {unknown} [data]\n * @property {Id} id Its number.\n\
        \x20* @property {Kind[]} [kinds]\n * @property {Id | null} none\n * @property {string | null} [text]\n */\n";
    assert!(typedefs(&schemas).ends_with(expected), "{}", typedefs(&schemas));
}

fn typedefs(schemas: &Value) -> String {
    let mut text =
        "// The types of the API, made from its document: UPDATE=1 cargo test --lib openapi. Nothing of it runs.\n\n\
        export {};\n"
            .to_owned();
    for (name, schema) in schemas.as_object().unwrap() {
        text.push('\n');
        text.push_str(&typedef(name, schema));
    }
    text
}

fn typedef(name: &str, schema: &Value) -> String {
    let description = one_line(schema);
    let Some(properties) = schema["properties"].as_object() else {
        let kind = if schema["type"] == "object" { "object".to_owned() } else { kind_of(schema) };
        return match description {
            None => format!("/** @typedef {{{kind}}} {name} */\n"),
            Some(about) => format!("/**\n * {about}\n *\n * @typedef {{{kind}}} {name}\n */\n"),
        };
    };
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let mut text = "/**\n".to_owned();
    if let Some(about) = description {
        let _ = write!(text, " * {about}\n *\n");
    }
    let _ = writeln!(text, " * @typedef {{object}} {name}");
    for (property, schema) in properties.iter().collect::<BTreeMap<_, _>>() {
        let is_required = required.iter().any(|name| name == property);
        let place = if is_required { property.clone() } else { format!("[{property}]") };
        let about = one_line(schema).map(|about| format!(" {about}")).unwrap_or_default();
        let _ = writeln!(text, " * @property {{{}}} {place}{about}", kind_of(schema));
    }
    text.push_str(" */\n");
    text
}

fn kind_of(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        return name.rsplit('/').next().unwrap().to_owned();
    }
    if let Some(parts) = schema["oneOf"].as_array() {
        return union(parts.iter().map(kind_of).collect());
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return parts.iter().map(kind_of).collect::<Vec<_>>().join(" & ");
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
    }
    if let Some(types) = schema["type"].as_array() {
        let one = |name: &Value| {
            let mut one = schema.clone();
            one["type"] = name.clone();
            kind_of(&one)
        };
        return union(types.iter().map(one).collect());
    }
    match schema["type"].as_str() {
        Some("string") => "string".to_owned(),
        Some("integer" | "number") => "number".to_owned(),
        Some("boolean") => "boolean".to_owned(),
        Some("null") => "null".to_owned(),
        Some("array") => match kind_of(&schema["items"]) {
            item if item.contains(' ') => format!("({item})[]"),
            item => format!("{item}[]"),
        },
        Some("object") => "Record<string, unknown>".to_owned(),
        _ => "unknown".to_owned(),
    }
}

/// With `null` at its end.
fn union(mut kinds: Vec<String>) -> String {
    kinds.sort_by_key(|kind| kind == "null");
    kinds.join(" | ")
}

fn one_line(schema: &Value) -> Option<String> {
    // A type that may be null is described by its other part.
    let parts = schema["oneOf"].as_array().into_iter().flatten();
    let text = [schema].into_iter().chain(parts).find_map(|part| part["description"].as_str())?;
    Some(super::one_line(text)).filter(|about| !about.is_empty())
}
