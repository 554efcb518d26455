// Every address of the product and who may open it. `for`: the roles; "nobody": only without a session. `words`: the nouns of
// i18n/ that the page needs; with the common words they are sent as one file (src/http/assets/dictionaries.rs).

export const routes = {
  "/": { redirect: true },
  "/sign-in": { for: "nobody", words: "passwords resets sign-in", load: () => import("./pages/sign-in.js") },
  "/reset": { for: "anyone", words: "resets", load: () => import("./pages/reset.js") },
  "/reset/code": { for: "anyone", words: "passwords resets sign-in", load: () => import("./pages/reset-code.js") },
  "/access/{token}": {
    for: "anyone",
    words: "access-links passwords resets sign-in",
    load: () => import("./pages/access.js"),
  },
  "/setup/{token}": { for: "anyone", words: "passwords setup sign-in", load: () => import("./pages/setup.js") },
  "/client/invitation/{token}": {
    for: "anyone",
    words: "passwords sign-in signup",
    load: () => import("./pages/invitation.js"),
  },
  "/broker": {
    for: ["broker"],
    words: "participants transactions",
    load: () => import("./pages/broker-transactions.js"),
  },
  "/broker/clients": {
    for: ["broker"],
    words: "access-links clients invitations",
    load: () => import("./pages/broker-clients.js"),
  },
  "/broker/invite": {
    for: ["broker"],
    words: "invitations participants transactions",
    load: () => import("./pages/broker-invite.js"),
  },
  "/broker/transactions/{id}": {
    for: ["broker"],
    words: "clients conversation participants transactions",
    load: () => import("./pages/transaction.js"),
  },
  "/client": { for: ["client"], words: "home transactions", load: () => import("./pages/client-home.js") },
  "/client/transactions/{id}": {
    for: ["client"],
    words: "clients conversation participants transactions",
    load: () => import("./pages/transaction.js"),
  },
  "/admin": { for: ["admin"], words: "access-links admin passwords sign-in", load: () => import("./pages/admin.js") },
  "/account": {
    for: ["admin", "broker", "client"],
    words: "account passwords sign-in",
    load: () => import("./pages/account.js"),
  },
  "/demo/mailbox": { for: "anyone", words: "mailbox", load: () => import("./pages/demo-mailbox.js") },
};

const HOMES = { admin: "/admin", broker: "/broker", client: "/client" };

export function homeOf(account) {
  return account ? HOMES[account.role] : "/sign-in";
}

export function transactionPath(account, id) {
  return `/${account.role}/transactions/${id}`;
}

export function mayOpen(route, account) {
  if (route.for === "anyone") return true;
  if (route.for === "nobody") return !account;
  return Boolean(account) && route.for.includes(account.role);
}
