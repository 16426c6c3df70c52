//! Values as Go's code reads them: what decodes into a type, and what upstream's parsers take. The rest of the program
//! refuses what is odd; here what upstream takes is taken.

mod decode;
mod duration;
mod flag_values;
mod quantity;
mod url;
mod words;

pub use decode::{element, fault, in_file, is_whole};
pub use duration::duration;
pub use flag_values::wanted;
pub use quantity::{GIANT, NANO, Quantity};
pub use url::{Url, url};
pub use words::{boolean, is_port_range, share};
