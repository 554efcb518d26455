// The way in.

export default {
  "sign_in.title": "Hello",
  "sign_in.lead": "Sign in to find your transactions and conversations.",
  "sign_in.foot": "No account yet? You create it with the invitation that your broker sends you by e-mail.",
  "sign_in.forgotten": "Forgot your password?",
};
