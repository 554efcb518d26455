//! The migrations are part of the binary, and cargo does not see by itself that a folder got a new file. A release also
//! carries the browser's part, linked and compressed; a debug build reads `static/` while it runs.

use std::env;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "src/http/assets/dictionaries.rs"]
mod dictionaries;
#[path = "src/http/assets/linker.rs"]
mod linker;
#[path = "src/http/assets/site.rs"]
mod site;
#[path = "src/http/assets/syntax.rs"]
mod syntax;

use site::{Effort, Site};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/http/assets");
    println!("cargo:rerun-if-env-changed=ENTREMISE_EMBED");
    println!("cargo:rustc-check-cfg=cfg(embedded_site)");
    // A debug build may be asked for what a release does.
    if env::var("PROFILE")? == "release" || env::var_os("ENTREMISE_EMBED").is_some() {
        println!("cargo:rerun-if-changed=static");
        println!("cargo:rerun-if-changed=locales");
        println!("cargo:rustc-cfg=embedded_site");
        embed(&PathBuf::from(env::var("OUT_DIR")?))?;
    }
    Ok(())
}

/// Writes each file in its forms, and the code that names them.
fn embed(out: &Path) -> Result<(), Box<dyn Error>> {
    let site = Site::of_folder(Path::new("static"), Effort::Most)?;
    let folder = out.join("site");
    fs::create_dir_all(&folder)?;
    let mut code = String::new();
    for (number, file) in site.files.iter().enumerate() {
        let keep = |form: &str, bytes: &[u8]| -> Result<String, Box<dyn Error>> {
            let path = folder.join(format!("{number}.{form}"));
            fs::write(&path, bytes)?;
            Ok(format!("Cow::Borrowed(include_bytes!({path:?}))"))
        };
        let optional = |form: &str, bytes: Option<&[u8]>| -> Result<String, Box<dyn Error>> {
            bytes.map_or(Ok("None".to_owned()), |bytes| Ok(format!("Some({})", keep(form, bytes)?)))
        };
        writeln!(
            code,
            "    File {{ path: Cow::Borrowed({:?}), plain: {}, brotli: {}, gzip: {} }},",
            file.path,
            keep("plain", &file.plain)?,
            optional("br", file.brotli.as_deref())?,
            optional("gz", file.gzip.as_deref())?
        )?;
    }
    let pairs = |pairs: &[(_, _)]| -> String {
        let pair = |(a, b): &(std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
            format!("(Cow::Borrowed({a:?}), Cow::Borrowed({b:?}))")
        };
        pairs.iter().map(pair).collect::<Vec<_>>().join(", ")
    };
    let written = format!(
        "static FILES: [File; {}] = [\n{code}];\n\
         static SKELETONS: [(Cow<'static, str>, Cow<'static, str>); {}] = [{}];\n\
         static PAGES: [(Cow<'static, str>, Cow<'static, str>); {}] = [{}];\n\
         pub static SITE: Site = Site {{\n    digest: Cow::Borrowed({:?}),\n    document: Cow::Borrowed({:?}),\n    \
         skeletons: Cow::Borrowed(&SKELETONS),\n    pages: Cow::Borrowed(&PAGES),\n    files: Cow::Borrowed(&FILES),\n}};\n",
        site.files.len(),
        site.skeletons.len(),
        pairs(&site.skeletons),
        site.pages.len(),
        pairs(&site.pages),
        site.digest,
        site.document,
    );
    fs::write(out.join("site.rs"), written)?;
    Ok(())
}
