-- Nothing: a function that saves PostgreSQL statements. SQLite runs them in the server's own process.
SELECT 1;
