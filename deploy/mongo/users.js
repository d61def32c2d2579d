// The replica set of one, and one user for each service, in its own database and with no right to another.
// Run before every start: what is right already is left as it is, a changed password is mended. To change
// root's own password, give the old one in PRASAN_MONGO_PASSWORD_ROOT_OLD once.
const PATIENCE = 120; // seconds; in a swarm nobody waits for the database in our place
const deadline = Date.now() + PATIENCE * 1000;
const secret = (name) => process.env[`PRASAN_MONGO_PASSWORD_${name.toUpperCase()}`];

function address(password) {
  return `mongodb://root:${encodeURIComponent(password)}@database:27017/admin?directConnection=true`;
}

function asRoot() {
  try {
    const admin = connect(address(secret("root"))); // returned at once, its failure would pass by the catch
    return admin;
  } catch (error) {
    const old = secret("root_old");
    if (!old || error.code !== 18) throw error; // 18: AuthenticationFailed
    connect(address(old)).updateUser("root", { pwd: secret("root") });
    print("root: password changed");
    return connect(address(secret("root")));
  }
}

function initiate(admin) {
  if (!admin.hello().setName) {
    const members = [{ _id: 0, host: "database:27017" }];
    admin.adminCommand({ replSetInitiate: { _id: "prasan", members } });
    print("replica set: made");
  }
  while (!admin.hello().isWritablePrimary) {
    if (Date.now() > deadline) throw new Error("no member of the replica set takes writes");
    sleep(500);
  }
}

function letsIn(service) {
  const user = `${service}:${encodeURIComponent(secret(service))}`;
  try {
    connect(`mongodb://${user}@database:27017/${service}?directConnection=true`);
    return true;
  } catch (error) {
    return false;
  }
}

function makeUsers(admin) {
  for (const service of ["projects", "partners", "notifications"]) {
    if (letsIn(service)) continue;
    const database = admin.getSiblingDB(service);
    const user = { pwd: secret(service), roles: [{ role: "readWrite", db: service }] };
    if (database.getUser(service)) {
      database.updateUser(service, user);
    } else {
      database.createUser({ user: service, ...user });
    }
    print(`${service}: user ready`);
  }
}

for (;;) {
  try {
    const admin = asRoot();
    initiate(admin);
    makeUsers(admin);
    break;
  } catch (error) {
    if (Date.now() > deadline) {
      print(`The database does not let us in: ${error.message}`);
      if (error.code === 18) print("PRASAN_MONGO_PASSWORD_ROOT in .env is not the one this database was made with.");
      quit(1);
    }
    sleep(1000);
  }
}
