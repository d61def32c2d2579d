// The health check: makes the replica set of one at the first start; healthy once it takes writes.
const root = `mongodb://root:${encodeURIComponent(process.env.MONGO_INITDB_ROOT_PASSWORD)}`;
const admin = connect(`${root}@127.0.0.1:27017/admin?directConnection=true`);
if (!admin.hello().setName) {
  admin.adminCommand({
    replSetInitiate: { _id: "prasan", members: [{ _id: 0, host: "database:27017" }] },
  });
}
quit(admin.hello().isWritablePrimary ? 0 : 1);
