// The client's home.

export default {
  "home.title": "Home",
  "home.hello": "Hello {name}",
  "home.lead": "Here is where your project stands.",
  "home.welcome": "Your space is open. Everything about your project happens here.",
  "home.contact": "Your contact",
  "home.no_broker": "Nobody is in charge of this transaction right now.",
  "home.write": "Write a message",
  "home.write_hint": "A question, even a small one? Ask it here.",
  "home.recent": "Latest messages",
  "home.all_messages": "The whole conversation",
  "home.no_message": "No message yet. The first may be yours.",
  "home.open": "See the details",
  "home.others": "Your other transactions",
  "home.empty_title": "Your transaction is coming",
  "home.empty":
    "Your space is ready. As soon as your broker has opened your transaction, you will see it here, along with your conversation.",
  "home.stage.new": "Everything is set up; the first steps come next.",
  "home.stage.in_progress": "Your project is under way.",
  "home.stage.completed": "Your project is complete.",
  "home.stage.cancelled": "This transaction was cancelled.",
  "home.ended_title": "You are not taking part in any transaction",
  "home.removed": "Your access to your last transaction ended on {date}. If you have questions, ask your broker.",
  "home.left": "You left your last transaction on {date}. Your broker can let you in again.",
};
