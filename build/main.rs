//! Builds the catalogue into the program: what upstream says by version (`catalog/generated/`) joined with what its types
//! cannot say (`catalog/tunables/`), as sorted constants. A process that starts reads no table, and a fault in a table is
//! a build that fails and says where.

mod emit;
mod generated;
mod hand;
mod merge;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let catalog = root.join("catalog");
    println!("cargo::rerun-if-changed=catalog/generated");
    println!("cargo::rerun-if-changed=catalog/tunables");
    println!("cargo::rerun-if-changed=build");
    let upstream = generated::fields(&read(&catalog.join("generated/fields.tsv"))?)?;
    let gates = generated::gates(&read(&catalog.join("generated/gates.tsv"))?)?;
    let plugins = generated::parts("plugins.tsv", &read(&catalog.join("generated/plugins.tsv"))?)?;
    let controllers = generated::parts("controllers.tsv", &read(&catalog.join("generated/controllers.tsv"))?)?;
    let mut entries = Vec::new();
    let mut files: Vec<PathBuf> =
        fs::read_dir(catalog.join("tunables"))?.map(|f| f.map(|f| f.path())).collect::<Result<_, _>>()?;
    files.sort();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "toml")) {
        entries.extend(hand::entries(&file.display().to_string(), &read(file)?)?);
    }
    let rows = merge::join(upstream, entries)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("tunables.rs"), emit::tunables(&rows)?)?;
    fs::write(out.join("gates.rs"), emit::gates(&gates))?;
    let parts = emit::parts("PLUGINS", &plugins) + &emit::parts("CONTROLLERS", &controllers);
    fs::write(out.join("parts.rs"), parts)?;
    Ok(())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))
}
