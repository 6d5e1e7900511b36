//! Pictures of control flow: a compiled workflow as Mermaid, Graphviz or SVG, laid out here.
//!
//! `weir graph` prints them, and the console colours them by the state of an instance. Pure, like
//! the program that is drawn.

mod dot;
mod drawing;
mod layout;
mod mermaid;
mod svg;

pub use drawing::Drawing;
