//! Component costs of a user's own nodes: lines over the number of pods, fitted to what kubelets reported.
//!
//! Pure: texts in, lines and findings out. Knows of `quantity` and `diag` only; `facts` asks it how many samples a quantile
//! needs. Everything is whole numbers, so that the same documents give the same lines on every machine and in any order.

mod enough;
mod fit;
mod fragment;
mod line;
mod read;
mod remarks;
mod sample;

pub use enough::{QUANTILES, least_samples, unreached_ppm};
pub use fit::{Fit, Fitted, Residual, Short, calibrate};
pub use fragment::{amount, basis, fragment};
pub use line::{Line, Point, fit_line};
pub use read::{Observed, read};
pub use remarks::remarks;
pub use sample::{Container, Resource, Sample};
