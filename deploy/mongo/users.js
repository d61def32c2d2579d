// One user for each service, in its own database and with no right to another.
const password = (name) => process.env[`PRASAN_MONGO_PASSWORD_${name.toUpperCase()}`];
const root = `mongodb://root:${encodeURIComponent(process.env.MONGO_INITDB_ROOT_PASSWORD)}`;
const server = connect(`${root}@database:27017/admin?replicaSet=prasan`);

for (const service of ["projects", "partners", "notifications"]) {
  const database = server.getSiblingDB(service);
  const user = { pwd: password(service), roles: [{ role: "readWrite", db: service }] };
  if (database.getUser(service)) {
    database.updateUser(service, user);
  } else {
    database.createUser({ user: service, ...user });
  }
  print(`${service}: user ready`);
}
