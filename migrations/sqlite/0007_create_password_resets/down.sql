DROP TABLE access_links;
DROP TABLE password_resets;
DROP TABLE secrets;
