DROP TABLE bus_keys;
