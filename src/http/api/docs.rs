//! The API's document, and the page that shows it: Swagger UI, from a crate that holds its files, so that a browser loads
//! nothing from elsewhere and the policy of all pages holds here too.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;

use crate::domain::Code;
use crate::http::archive::Packed;
use crate::http::assets::Encoding;
use crate::http::document::ApiDocument;
use crate::http::error::ApiResult;
use crate::http::route::routes;

const PAGE: &str = include_str!("docs/page.html");
const START: &str = include_str!("docs/start.js");

static SCRIPT: LazyLock<Option<Packed>> =
    LazyLock::new(|| Packed::find(SWAGGER_UI_VENDORED, "/dist/swagger-ui-bundle.js"));
static STYLE: LazyLock<Option<Packed>> = LazyLock::new(|| Packed::find(SWAGGER_UI_VENDORED, "/dist/swagger-ui.css"));

pub async fn show(document: web::Data<ApiDocument>) -> ApiDocument {
    document.get_ref().clone()
}

pub async fn page() -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(PAGE)
}

pub async fn file(request: HttpRequest, name: web::Path<String>) -> ApiResult {
    let (packed, kind) = match name.as_str() {
        "swagger-ui-bundle.js" => (&*SCRIPT, "text/javascript; charset=utf-8"),
        "swagger-ui.css" => (&*STYLE, "text/css; charset=utf-8"),
        "start.js" => return Ok(HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(START)),
        _ => return Err(Code::RouteUnknown.into()),
    };
    let packed = packed.as_ref().ok_or(Code::Internal)?;
    let tag = format!("\"{:08x}\"", packed.checksum);
    let known = request.headers().get(header::IF_NONE_MATCH);
    let is_known = known.is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::VARY, "Accept-Encoding"));
    if is_known {
        return Ok(response.finish());
    }
    response.content_type(kind);
    Ok(if Encoding::wanted(request.headers()).gzip {
        response.insert_header((header::CONTENT_ENCODING, "gzip")).body(packed.gzip.clone())
    } else {
        response.body(packed.plain().map_err(|_| Code::Internal)?)
    })
}

routes! { docs:
    /// This document.
    GET "/api/v1/openapi.json" ANYONE show;
    GET "/api/docs" ANYONE page;
    GET "/api/docs/{file}" ANYONE file;
}
