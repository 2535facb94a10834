//! What the OpenAPI description says beyond the routes themselves: what the API is, how to sign in,
//! and the errors that every route of a kind may answer.

use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};

use super::error::{PROBLEM, Problem};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Bowei",
        description = "Roadside parking: find a bay, know the price, claim, pay, get the fapiao. \
                       Money is whole fen; instants are RFC 3339 in UTC and in city time, which in a demo runs faster \
                       (`speed`); coordinates are WGS-84. Errors are problem documents (RFC 9457) with a stable `code`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem)),
    tags(
        (name = "bays", description = "Live states of bays, and what a stay costs"),
        (name = "map", description = "The map: tiles, style, and the states to draw on it"),
        (name = "people", description = "Signing in"),
        (name = "stays", description = "Which vehicle stands where"),
        (name = "orders", description = "What is owed, and paying it"),
        (name = "cases", description = "What a person has to look at: cases, appeals, decisions, notices"),
        (name = "money", description = "Refunds and cash, for the operator's staff"),
        (name = "invoices", description = "Fapiao and bills of paid orders, their documents, titles"),
        (name = "ledger", description = "The books: balances, statements, closing months"),
        (name = "street", description = "Bays and zones as they hold from when to when, for the operator"),
        (name = "ways", description = "The way to a bay, guidance on it, closures of streets"),
        (name = "devices", description = "Sensors: register, installation, test, accounts at the broker"),
        (name = "broker", description = "For a broker that asks who may do what (EMQX)"),
        (name = "service", description = "For those who run it")
    )
)]
struct Opening;

/// The description without routes.
pub(super) fn opening() -> OpenApi {
    Opening::openapi()
}

/// Adds the way to sign in, and the errors that every route of a kind may answer.
pub(super) fn complete(description: &mut OpenApi) {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The `token` of POST /api/v1/sessions or POST /api/v1/staff/sessions"))
        .build();
    let components = description.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    for item in description.paths.paths.values_mut() {
        for operation in
            [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete]
                .into_iter()
                .flatten()
        {
            add_errors(operation);
        }
    }
}

fn add_errors(operation: &mut Operation) {
    let in_query = |parameter: &RefOr<Parameter>| matches!(parameter, RefOr::T(p) if p.parameter_in == ParameterIn::Query);
    let has_query = operation.parameters.iter().flatten().any(in_query);
    let takes_body = operation.request_body.is_some();
    let mut errors = vec![
        ("500", "`internal`: our fault"),
        ("503", "`busy` or a service that we need: try again"),
    ];
    if has_query {
        errors.push(("400", "`malformed_query`"));
    }
    if takes_body {
        errors
            .push(("400", "`malformed_json`, or an idempotency key that is missing or malformed"));
        errors.push(("413", "`body_too_large`"));
    }
    if operation.security.is_some() {
        errors.push(("401", "`token_missing` or `token_unknown`: sign in"));
        errors.push(("403", "signed in, but not for this"));
    }
    for (status, text) in errors {
        let schema = Ref::from_schema_name("Problem");
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new().description(text).content(PROBLEM, content).build();
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| response.into());
    }
}
