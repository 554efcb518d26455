// Every address of the product and who may open it. `for`: the roles; "nobody": only without a session.

export const routes = {
  "/": { redirect: true },
  "/sign-in": { for: "nobody", load: () => import("./pages/sign-in.js") },
  "/reset": { for: "anyone", load: () => import("./pages/reset.js") },
  "/reset/code": { for: "anyone", load: () => import("./pages/reset-code.js") },
  "/access/{token}": { for: "anyone", load: () => import("./pages/access.js") },
  "/setup/{token}": { for: "anyone", load: () => import("./pages/setup.js") },
  "/client/invitation/{token}": { for: "anyone", load: () => import("./pages/invitation.js") },
  "/broker": { for: ["broker"], load: () => import("./pages/broker-transactions.js") },
  "/broker/clients": { for: ["broker"], load: () => import("./pages/broker-clients.js") },
  "/broker/invite": { for: ["broker"], load: () => import("./pages/broker-invite.js") },
  "/broker/transactions/{id}": { for: ["broker"], load: () => import("./pages/transaction.js") },
  "/client": { for: ["client"], load: () => import("./pages/client-home.js") },
  "/client/transactions/{id}": { for: ["client"], load: () => import("./pages/transaction.js") },
  "/admin": { for: ["admin"], load: () => import("./pages/admin.js") },
  "/account": { for: ["admin", "broker", "client"], load: () => import("./pages/account.js") },
  "/demo/mailbox": { for: "anyone", load: () => import("./pages/demo-mailbox.js") },
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
