//! One file for each noun: a handler for each verb, with the JSON of its requests and answers.

pub mod access_links;
pub mod accounts;
pub mod client_tables;
pub mod clients;
pub mod demo;
pub mod docs;
pub mod invitation_links;
pub mod invitations;
pub mod me;
pub mod messages;
pub mod participants;
pub mod participation_requests;
pub mod password_resets;
pub mod sessions;
pub mod setup;
pub mod transactions;
