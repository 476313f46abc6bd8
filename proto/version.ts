// The version that processes compare and files record. A test keeps it equal to package.json.

export const softwareVersion = "0.1.0";
