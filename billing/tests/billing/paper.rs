//! Documents as people see them.

mod files;
mod made;
mod pages;
