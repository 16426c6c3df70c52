#[path = "../tests/nodes.rs"]
mod nodes;
fn main() { nodes::main() }
