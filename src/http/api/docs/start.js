// Shows the document. Requests that are tried out go in the name of whoever is signed in.
window.addEventListener("load", () => {
  window.SwaggerUIBundle({
    url: "/api/v1/openapi.json",
    dom_id: "#api",
    deepLinking: true,
    // Nothing is asked of another site.
    validatorUrl: null,
    requestInterceptor: (request) => {
      request.headers["X-Requested-With"] = "entremise";
      return request;
    },
  });
});
